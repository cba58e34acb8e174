import type { Logger } from '../../options/logger.ts'
import type { BrokerProfile } from './broker-profile.ts'
import type { AmqpConnection } from './connection.ts'
import type { Topology } from './topology.ts'

/** What producers and consumers need of their connection. */
export interface LinkContext {
  readonly connection: AmqpConnection
  readonly profile: BrokerProfile
  readonly topology: Topology
  /** ms for each request to the broker. */
  readonly timeout: number
  readonly logger: Logger
}
