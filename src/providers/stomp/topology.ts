import type { Destination } from '../../message/destination.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'

/**
 * What has to be there at the broker before it can be sent to, or consumed from. What a broker makes as it is used needs
 * none of the optional ones. What only some applications have (temporary destinations, subscriptions with a name, a client
 * id) is in parts that the methods for it load.
 */
export interface Topology {
  /** Sees to it that the destination exists; undefined when there is nothing to wait for. */
  prepare?(destination: Destination): Promise<void> | undefined
  /** Sees to it that what a consumer takes from exists. */
  prepareConsumer?(consumer: ConsumerInfo): Promise<void> | undefined
  createTemporary(temporary: TemporaryDestinationInfo): Promise<string>
  /** It was created here. */
  deleteTemporary(name: string): Promise<void> | undefined
  unsubscribe(name: string): Promise<void>
  /** A destination may have been deleted. */
  lost?(destination: Destination): void
  /** A consumer that was prepared ends, or is not to be. */
  closing?(consumer: ConsumerInfo): void
  /** Before the connection ends: takes away what the broker would keep. Never rejects, and takes `timeout` ms at most. */
  close?(timeout: number): Promise<void>
}
