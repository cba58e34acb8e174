import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import type { Topology } from './topology.ts'

/** Brokers that make queues and topics as they are used. */
export class PlainTopology implements Topology {
  protected readonly connection: StompConnection
  protected readonly clientId: string | undefined

  constructor(connection: StompConnection, clientId: string | undefined) {
    this.connection = connection
    this.clientId = clientId
  }

  prepare(_: Destination): undefined {}

  prepareConsumer(_: ConsumerInfo): undefined {}

  async createTemporary({ kind }: TemporaryDestinationInfo): Promise<string> {
    throw new IllegalStateError(`${this.connection.endpoint} has no ${kind}`)
  }

  async deleteTemporary(_: string): Promise<void> {}

  async unsubscribe(name: string): Promise<void> {
    throw new InvalidDestinationError(`there is no durable subscription ${name} at ${this.connection.endpoint}`)
  }

  lost(_: Destination): void {}

  closing(_: ConsumerInfo): HeaderList {
    return []
  }
}
