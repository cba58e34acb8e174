import type { LoadForeignMessageReader } from '../../interop/foreign-messages.ts'
import type { Provider } from '../../provider/provider.ts'
import { OpenWireProvider } from './provider.ts'

export { withConnectOptions, withoutConnectOptions } from './connect-options.ts'

/** A provider for OpenWire that is not open yet. */
export function createProvider(loadAmqpReader?: LoadForeignMessageReader): Provider {
  return new OpenWireProvider(loadAmqpReader)
}
