import type { Destination } from '../../message/destination.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { HeaderList } from './dialect.ts'

/** What has to be there at the broker before it can be sent to, or consumed from. */
export interface Topology {
  /** Sees to it that the destination exists; undefined when there is nothing to wait for. */
  prepare(destination: Destination): Promise<void> | undefined
  /** Sees to it that what a consumer takes from exists. */
  prepareConsumer(consumer: ConsumerInfo): Promise<void> | undefined
  createTemporary(temporary: TemporaryDestinationInfo): Promise<string>
  deleteTemporary(name: string): Promise<void>
  unsubscribe(name: string): Promise<void>
  /** A destination may have been deleted. */
  lost(destination: Destination): void
  /** Before the connection ends: takes away what the broker would keep. Never rejects, and takes `timeout` ms at most. */
  close?(timeout: number): Promise<void>
  /** Headers that UNSUBSCRIBE needs to keep a durable subscription. */
  closing(consumer: ConsumerInfo): HeaderList
}
