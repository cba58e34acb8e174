import type { Provider } from '../provider/provider.ts'
import { providerFrom } from './script-file.ts'

/** In place of `load-amqp10.ts` in the file for script tags: AMQP is in a file of its own, beside that one. */
export function loadAmqp10(): Promise<Provider> {
  return providerFrom('polymq-amqp.min.js', 'AMQP')
}
