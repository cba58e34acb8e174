import type { Provider } from '../../provider/provider.ts'
import { AmqpProvider } from './provider.ts'

/** A new AMQP 1.0 provider that is not open yet. */
export function createProvider(): Provider {
  return new AmqpProvider()
}
