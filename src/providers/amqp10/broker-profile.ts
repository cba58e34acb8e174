import type { Capabilities } from '../../provider/capabilities.ts'
import { activemqContext, artemisContext, plainContext, rabbitmqContext } from './addresses.ts'
import {
  ACTIVEMQ_CAPABILITIES,
  ARTEMIS_CAPABILITIES,
  offeredCapabilities,
  RABBITMQ_CAPABILITIES,
} from './capabilities.ts'
import type { MappingContext } from './mapping-context.ts'
import type { RheaOpen } from './rhea-types.ts'

/** What is known of the broker from its open frame. */
export interface BrokerProfile {
  readonly broker: 'activemq' | 'artemis' | 'rabbitmq' | 'other'
  readonly product: string | undefined
  readonly version: string | undefined
  readonly capabilities: Capabilities
  /**
   * Whether deliveries that come back as failed are redelivered as such. ActiveMQ Classic counts only when a session
   * ends with its links still attached, and then counts all of its deliveries.
   */
  readonly countsModified: boolean
  /** Whether it holds back a small packet until the one before is acknowledged; see PromptTransport. */
  readonly holdsBackPackets: boolean
  /** For one connection: it remembers addresses. */
  readonly mapping: MappingContext
}

/** Recognises the broker by what it announced. */
export function profileOf(open: RheaOpen): BrokerProfile {
  const product = textOf(open.properties?.product)
  const version = textOf(open.properties?.version)
  const known = { product, version, countsModified: true, holdsBackPackets: false }
  if (product === 'ActiveMQ') {
    return {
      broker: 'activemq',
      ...known,
      countsModified: false,
      holdsBackPackets: true,
      capabilities: ACTIVEMQ_CAPABILITIES,
      mapping: activemqContext(),
    }
  }
  if (product === 'RabbitMQ') {
    return { broker: 'rabbitmq', ...known, capabilities: RABBITMQ_CAPABILITIES, mapping: rabbitmqContext() }
  }
  if (product !== undefined && /artemis/i.test(product)) {
    return { broker: 'artemis', ...known, capabilities: ARTEMIS_CAPABILITIES, mapping: artemisContext() }
  }
  return { broker: 'other', ...known, capabilities: offeredCapabilities(offersOf(open)), mapping: plainContext() }
}

function offersOf(open: RheaOpen): readonly string[] {
  const offered = open.offered_capabilities
  if (offered === undefined || offered === null) return []
  return typeof offered === 'string' ? [offered] : offered.map(String)
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
