import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import type { Provider } from '../../provider/provider.ts'
import { StompProvider } from './provider.ts'

/** A provider for STOMP that is not open yet. */
export function createProvider(loadAmqpReader?: LoadForeignMessageReader): Provider {
  return new StompProvider(loadAmqpReader)
}
