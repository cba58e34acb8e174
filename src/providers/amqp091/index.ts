import type { Provider } from '../../provider/provider.ts'
import { type Amqp10Decoder, Amqp091Provider } from './provider.ts'

/**
 * A new AMQP 0-9-1 provider that is not open yet.
 *
 * @param loadDecoder - loads what decodes messages that AMQP 1.0 clients sent
 */
export function createProvider(loadDecoder: () => Promise<Amqp10Decoder>): Provider {
  return new Amqp091Provider(loadDecoder)
}
