import { InvalidOptionError } from '../errors.ts'

export type AmqpVersion = '1.0' | '0-9-1'

/**
 * The version that a URI asks for; undefined leaves it to the broker.
 *
 * @throws InvalidOptionError for one that is not known
 */
export function askedVersion(uri: URL): AmqpVersion | undefined {
  const version = uri.searchParams.get('amqp.version')
  if (version === null || version === '1.0' || version === '0-9-1') return version ?? undefined
  throw new InvalidOptionError(
    'amqp.version',
    `amqp.version=${version} is not known; use 1.0 or 0-9-1, or leave it out to have the one that the broker speaks`,
  )
}
