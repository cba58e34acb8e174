import type { Provider } from '../../provider/provider.ts'
import { MqttProvider } from './provider.ts'

/** A provider for MQTT that is not open yet. */
export function createProvider(): Provider {
  return new MqttProvider()
}
