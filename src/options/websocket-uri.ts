/** `ws:` and `wss:`, which name no protocol: the option `protocol` does, and it is STOMP without. */

import { InvalidUriError } from '../errors.ts'

/** The option that says what goes over the WebSocket. */
export const PROTOCOL = 'protocol'

const DEFAULT = 'stomp'
const OPTION = /([?&])protocol=([^&#]*)(&?)/

/** Whether a scheme says that there is a WebSocket, and not what goes over it. */
export function isPlainWebSocket(scheme: string): boolean {
  return scheme === 'ws' || scheme === 'wss'
}

/**
 * The same URI with the scheme that names the protocol: `wss://HOST` becomes `stomp+wss://HOST`, and
 * `wss://HOST?protocol=amqp` becomes `amqp+wss://HOST`.
 *
 * @param bare - without credentials
 * @param outer - the protocol, whatever the URI says
 */
export function withProtocol(bare: string, scheme: string, outer?: string): { scheme: string; bare: string } {
  const protocol = outer ?? OPTION.exec(bare)?.[2] ?? DEFAULT
  const explicit = `${protocol.toLowerCase()}+${scheme}`
  const rest = bare.slice(scheme.length).replace(OPTION, (_, before, __, after) => (after === '' ? '' : before))
  return { scheme: explicit, bare: explicit + rest }
}

/** @param known - all schemes that there are */
export function unknownProtocol(scheme: string, known: Iterable<string>): InvalidUriError {
  const [, webSocket] = scheme.split(/\+(?=wss?$)/)
  const spoken = [...known].filter((name) => name.endsWith(`+${webSocket}`)).map((name) => name.split('+')[0])
  // What else stands there is not repeated: it need not be a protocol.
  return new InvalidUriError(
    `the option ${PROTOCOL} of the ${webSocket}: URI asks for a protocol that polymq does not know; over WebSockets there are ${spoken.join(', ')}, and ${DEFAULT} without the option`,
  )
}
