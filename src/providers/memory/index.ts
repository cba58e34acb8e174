import type { Provider } from '../../provider/provider.ts'
import { MemoryProvider } from './provider.ts'

export {
  type EmbeddedBroker,
  embeddedBroker,
  type QueueStatus,
  type SubscriptionStatus,
  type WaitingMessage,
} from './inspect.ts'
export { DEAD_LETTER_QUEUE } from './names.ts'

/** A new provider that is not open yet: one connection to the broker that its URI names. */
export function createProvider(): Provider {
  return new MemoryProvider()
}
