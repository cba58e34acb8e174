import { part } from '../part.ts'
import type { Provider } from '../provider/provider.ts'

const amqp10 = part('AMQP', () => import('./amqp10/index.ts'))

/** Loads AMQP 1.0 when it is first used, and makes a provider that is not open yet. */
export async function loadAmqp10(): Promise<Provider> {
  return amqp10(({ createProvider }) => createProvider())
}
