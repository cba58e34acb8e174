import { ConnectionError } from '../errors.ts'
import { describeTlsFailure } from './connect-errors.ts'

/** The stream of a connection over AMQP, in whichever version, ended without a reason before the connection was open. */
export function endOfHandshake(
  cause: Error | undefined,
  endpoint: string,
  { hasAuthenticated }: { readonly hasAuthenticated: boolean },
): ConnectionError {
  // RabbitMQ says no more when the virtual host is missing or closed to the user.
  const advice = hasAuthenticated
    ? 'it had accepted the credentials, so check the virtual host, the permission of the user on it, and the connection limits'
    : 'it may refuse connections for now, expect TLS on this port, or speak another protocol there'
  return (
    (cause && describeTlsFailure(cause, endpoint)) ??
    new ConnectionError(`${endpoint} closed the connection during the handshake; ${advice}`, { cause })
  )
}
