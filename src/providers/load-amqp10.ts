import type { Provider } from '../provider/provider.ts'

/** Loads AMQP 1.0 when it is first used, and makes a provider that is not open yet. */
export async function loadAmqp10(): Promise<Provider> {
  return (await import('./amqp10/index.ts')).createProvider()
}
