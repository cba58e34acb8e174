import { InvalidOptionError } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'
import { askedVersion } from './amqp-version.ts'
import { loadAmqp10 } from './load-amqp10.ts'

/**
 * A page has WebSockets only, over which AMQP is 1.0.
 *
 * @throws InvalidOptionError for any other version
 */
export async function loadAmqp(uri: URL): Promise<Provider> {
  if (askedVersion(uri) !== '0-9-1') return loadAmqp10()
  throw new InvalidOptionError(
    'amqp.version',
    'amqp.version=0-9-1 is not possible in a browser: RabbitMQ takes AMQP 0-9-1 over TCP only; use stomp+wss:// there',
  )
}

export function loadOtherAmqp(): undefined {
  return undefined
}
