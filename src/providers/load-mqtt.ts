import { part } from '../part.ts'
import type { Provider } from '../provider/provider.ts'

const mqtt = part('MQTT', () => import('./mqtt/index.ts'))

/** Loads MQTT when it is first used, and makes a provider that is not open yet. */
export async function loadMqtt(): Promise<Provider> {
  return mqtt(({ createProvider }) => createProvider())
}
