import { Buffer } from 'node:buffer'
import { ConnectionError, InvalidClientIdError, type MessagingError } from '../../errors.ts'
import { OtherVersionError } from '../../provider/other-version.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { recogniseBanner } from '../../transport/banner.ts'
import type { Endpoint } from './endpoint.ts'
import { mapError } from './error-mapping.ts'
import type { RheaError } from './rhea-types.ts'
import { authenticationFailure, type MechanismName } from './sasl.ts'

/** A protocol header begins with these bytes. */
const AMQP = 'AMQP'
const HEADER_LENGTH = 8

/** What a connection is opened with. */
export interface ConnectionSettings {
  readonly connection: ConnectionInfo
  readonly endpoint: Endpoint
  readonly containerId: string
  readonly mechanism: MechanismName
}

/** The first bytes of a peer, until they show whether it speaks AMQP 1.0. */
export class FirstBytes {
  #seen: Buffer | undefined = Buffer.alloc(0)

  /**
   * Anything but the protocol header of SASL means that something else listens there.
   *
   * @returns why the peer cannot be spoken to; undefined as long as it may be
   */
  take(bytes: Buffer, endpoint: string): MessagingError | undefined {
    if (this.#seen === undefined) return undefined
    const seen = Buffer.concat([this.#seen, bytes])
    this.#seen = seen.length < HEADER_LENGTH ? seen : undefined
    const compared = Math.min(seen.length, AMQP.length)
    const isAmqp = seen.toString('latin1', 0, compared) === AMQP.slice(0, compared)
    if (isAmqp && (seen.length < HEADER_LENGTH || (seen[4] === 3 && seen[5] === 1))) return undefined
    return seen.length < AMQP.length ? undefined : foreignPeer(seen, endpoint)
  }

  /** Why the peer that says no more cannot be spoken to, as far as its first bytes tell. */
  end(endpoint: string): MessagingError | undefined {
    return this.#seen === undefined || this.#seen.length === 0 ? undefined : foreignPeer(this.#seen, endpoint)
  }
}

/** Whether it is that of AMQP itself, after that of SASL; nothing else (AMQP 1.0 §2.2). */
export function isHeader(bytes: Buffer): boolean {
  return bytes.length === HEADER_LENGTH && bytes[4] === 0 && bytes.toString('latin1', 0, 4) === AMQP
}

/** The error of a peer that answered the open frame by closing the connection. */
export function refusedOpen(error: RheaError | null | undefined, settings: ConnectionSettings): MessagingError {
  const endpoint = settings.endpoint.name
  const info = error?.info as { readonly 'invalid-field'?: unknown } | null | undefined
  if (error?.condition === 'amqp:invalid-field' && info?.['invalid-field'] === 'container-id') {
    return new InvalidClientIdError(
      `the client id ${JSON.stringify(settings.containerId)} is in use by another connection to ${endpoint}; ` +
        'choose another, or close that connection',
    )
  }
  if (error?.condition === undefined) {
    return new ConnectionError(`${endpoint} closed the connection while it was opened`)
  }
  if (error.condition === 'amqp:unauthorized-access') {
    return authenticationFailure(error.description ?? '', settings.mechanism, settings.connection, endpoint)
  }
  const mapped = mapError(error, { action: 'connecting', endpoint })
  return mapped.code === 'ERR_MESSAGING' ? new ConnectionError(mapped.message, { cause: mapped.cause }) : mapped
}

function foreignPeer(seen: Buffer, endpoint: string): MessagingError {
  if (seen.toString('latin1', 0, 4) === AMQP && seen[4] === 0 && seen[5] === 1) {
    return new ConnectionError(`${endpoint} wants AMQP 1.0 without SASL, which is not supported; turn SASL on there`)
  }
  const { speaks, advice } = recogniseBanner(seen)
  const message = `${endpoint} does not speak AMQP 1.0 but ${speaks}; ${advice}`
  return speaks === 'AMQP 0-9-1' ? new OtherVersionError('0-9-1', message) : new ConnectionError(message)
}
