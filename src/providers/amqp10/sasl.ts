import { Buffer } from 'node:buffer'
import { AuthenticationError, type MessagingError, ResourceLimitError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { Endpoint } from './endpoint.ts'

type Callback = (error: Error | undefined, response?: Uint8Array) => void

/** A SASL mechanism in the form that rhea calls. */
interface Mechanism {
  start(callback: Callback): void
  step(challenge: Uint8Array, callback: Callback): void
}

export type MechanismName = 'PLAIN' | 'EXTERNAL' | 'ANONYMOUS'

/**
 * The mechanism that fits what the user gave: PLAIN for credentials, EXTERNAL for a client certificate, else ANONYMOUS.
 * Only that one is offered, so that a broker cannot talk a client out of its credentials.
 */
export function chooseMechanism(connection: ConnectionInfo, endpoint: Endpoint): MechanismName {
  const { credentials, tls } = connection
  const hasCertificate = tls.cert !== undefined || tls.pfx !== undefined
  const candidates: MechanismName[] = []
  if (credentials.username !== undefined) candidates.push('PLAIN')
  if (hasCertificate && (endpoint.transport === 'tls' || endpoint.transport === 'wss')) candidates.push('EXTERNAL')
  candidates.push('ANONYMOUS')
  const chosen = candidates.find((name) => endpoint.mechanisms?.includes(name) ?? true)
  if (chosen !== undefined) return chosen
  throw new AuthenticationError(
    `none of the mechanisms in amqp.saslMechanisms can be used for ${endpoint.name}: PLAIN needs a username and password, ` +
      'EXTERNAL a TLS client certificate',
  )
}

/** rhea's `sasl_mechanisms` option. rhea's own PLAIN counts characters where it needs bytes. */
export function rheaMechanisms(
  name: MechanismName,
  connection: ConnectionInfo,
): Readonly<Record<string, () => Mechanism>> {
  const { username = '', password = '' } = connection.credentials
  const response =
    name === 'PLAIN' ? Buffer.from(`\0${username}\0${password}`) : Buffer.from(name === 'ANONYMOUS' ? 'anonymous' : '')
  return {
    [name]: () => ({
      start: (callback) => callback(undefined, response),
      // RFC 4422 appendix A: a server may ask for the response of EXTERNAL again.
      step: (_, callback) => callback(undefined, response),
    }),
  }
}

/** Says why authentication failed, without the password. `reason` is rhea's text. */
export function authenticationFailure(
  reason: string,
  mechanism: MechanismName,
  connection: ConnectionInfo,
  endpoint: string,
): MessagingError {
  const who =
    mechanism === 'PLAIN'
      ? `user ${JSON.stringify(connection.credentials.username)}`
      : mechanism === 'EXTERNAL'
        ? 'the client certificate'
        : 'an anonymous user'
  const supported = /server supports (.*)$/.exec(reason)?.[1]
  if (supported !== undefined) {
    return new AuthenticationError(
      `${endpoint} does not take ${who}: it offers the SASL mechanisms ${supported}, not ${mechanism}; ${adviceFor(mechanism)}`,
    )
  }
  // Codes 2 to 4: the broker could not check, for reasons of its own (AMQP 1.0 §5.3.3.6).
  if (/: [234]$/.test(reason)) {
    return new ResourceLimitError(
      `${endpoint} could not authenticate ${who} because of a failure of its own; try again later`,
    )
  }
  return new AuthenticationError(`${endpoint} refused ${who}; ${adviceFor(mechanism)}`)
}

function adviceFor(mechanism: MechanismName): string {
  switch (mechanism) {
    case 'PLAIN':
      return 'check username and password'
    case 'EXTERNAL':
      return 'check tls.cert and which user the broker takes it for'
    case 'ANONYMOUS':
      return 'give username and password'
  }
}
