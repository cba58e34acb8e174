import type { Provider } from '../provider/provider.ts'
import { providerFrom } from './script-file.ts'

/** In place of `load-mqtt.ts` in the file for script tags: MQTT is in a file of its own, beside that one. */
export function loadMqtt(): Promise<Provider> {
  return providerFrom('polymq-mqtt.min.js', 'MQTT')
}
