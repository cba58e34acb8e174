import { Buffer } from 'node:buffer'
import { AuthenticationError } from '../../errors.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { Endpoint } from './endpoint.ts'
import type { Login } from './error-mapping.ts'

export type MechanismName = 'PLAIN' | 'EXTERNAL' | 'ANONYMOUS'

/**
 * The mechanism that fits what the user gave: PLAIN for credentials, EXTERNAL for a client certificate, else ANONYMOUS.
 * What the broker would like is not asked: it cannot talk a client out of its credentials.
 */
export function chooseMechanism({ credentials, tls }: ConnectionInfo, endpoint: Endpoint): MechanismName {
  const candidates: MechanismName[] = []
  // A token needs no user name.
  if (credentials.username !== undefined || credentials.password !== undefined) candidates.push('PLAIN')
  if ((tls.cert !== undefined || tls.pfx !== undefined) && endpoint.transport === 'tls') candidates.push('EXTERNAL')
  candidates.push('ANONYMOUS')
  const chosen = candidates.find((name) => endpoint.mechanisms?.includes(name) ?? true)
  if (chosen !== undefined) return chosen
  throw new AuthenticationError(
    `none of the mechanisms in amqp.saslMechanisms can be used for ${endpoint.name}: PLAIN needs a username and password, ` +
      'EXTERNAL a TLS client certificate',
  )
}

/** What the mechanism says first, which is all it says. */
export function initialResponse(mechanism: MechanismName, { credentials }: ConnectionInfo): Buffer {
  const { username = '', password = '' } = credentials
  if (mechanism === 'PLAIN') return Buffer.from(`\0${username}\0${password}`)
  return Buffer.from(mechanism === 'ANONYMOUS' ? 'anonymous' : '')
}

/** Who that is, for errors; without the password. */
export function loginOf(mechanism: MechanismName, { credentials }: ConnectionInfo, { vhost }: Endpoint): Login {
  switch (mechanism) {
    case 'PLAIN':
      return credentials.username === undefined
        ? { who: 'the token', advice: 'check it, and that the broker takes tokens', vhost }
        : { who: `user ${JSON.stringify(credentials.username)}`, advice: 'check username and password', vhost }
    case 'EXTERNAL':
      return {
        who: 'the client certificate',
        advice: 'check tls.cert and which user the broker takes it for',
        vhost,
      }
    case 'ANONYMOUS':
      return { who: 'an anonymous user', advice: 'give username and password', vhost }
  }
}

/** @throws AuthenticationError when the broker does not offer the mechanism */
export function requireOffered(mechanism: MechanismName, offered: string, login: Login, endpoint: string): void {
  if (offered.split(' ').includes(mechanism)) return
  throw new AuthenticationError(
    `${endpoint} does not take ${login.who}: it offers the SASL mechanisms ${offered}, not ${mechanism}; ${login.advice}`,
  )
}
