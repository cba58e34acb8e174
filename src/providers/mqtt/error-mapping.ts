import {
  AuthenticationError,
  AuthorizationError,
  ConnectionError,
  ConnectionLostError,
  InvalidClientIdError,
  InvalidDestinationError,
  MessageFormatError,
  MessageTooLargeError,
  MessagingError,
  ResourceLimitError,
} from '../../errors.ts'
import type { ProtocolLevel } from './codec/packets.ts'
import type { PacketProperties } from './codec/properties.ts'

/** From this one on a reason code is a failure (MQTT 5 §2.4). */
export const FAILURE = 0x80
/** The broker has a message, and nobody subscribes to its topic: of PUBACK and PUBREC. */
export const NOBODY = 0x10
/** The broker does not speak this version: of MQTT 5, and the return code of 3.1.1. */
const OTHER_VERSION = 0x84
const OTHER_VERSION_3 = 0x01
const TAKEN_OVER = 0x8e

/** What is asked of the broker. */
export interface RequestSubject {
  /** What failed, as the beginning of a sentence: `sending to topic news`. */
  readonly action: string
  /** The error of a message that nobody subscribes to, where that is one. */
  readonly whenUnheard?: () => Error
}

/** A reason code as it came over the wire; the `cause` of what the application gets. */
export class MqttReason extends Error {
  override readonly name: string = 'MqttReason'
  readonly reasonCode: number
  /** Another server to use, where the broker names one. */
  readonly serverReference: string | undefined

  constructor(reasonCode: number, { reason, serverReference }: PacketProperties) {
    const meaning = MEANINGS.get(reasonCode) ?? 'no reason is known'
    super(`${meaning} (reason code 0x${reasonCode.toString(16)})${reason === undefined ? '' : `: ${reason}`}`)
    this.reasonCode = reasonCode
    this.serverReference = serverReference
  }
}

/** MQTT 5 §2.4, and what the return codes of CONNACK in MQTT 3.1.1 (§3.2.2.3) are made into. */
const MEANINGS: ReadonlyMap<number, string> = new Map([
  [0x80, 'unspecified error'],
  [0x81, 'malformed packet'],
  [0x82, 'protocol error'],
  [0x83, 'the broker does not accept it'],
  [OTHER_VERSION, 'this version of MQTT is not supported'],
  [0x85, 'the client id is not valid'],
  [0x86, 'bad user name or password'],
  [0x87, 'not authorized'],
  [0x88, 'the server is unavailable'],
  [0x89, 'the server is busy'],
  [0x8a, 'banned'],
  [0x8b, 'the server is shutting down'],
  [0x8c, 'bad authentication method'],
  [0x8d, 'the keep-alive has run out'],
  [TAKEN_OVER, 'another connection has the same client id'],
  [0x8f, 'the topic filter is not valid'],
  [0x90, 'the topic name is not valid'],
  [0x93, 'more than the receive maximum'],
  [0x95, 'the packet is too large'],
  [0x96, 'the message rate is too high'],
  [0x97, 'the quota is exceeded'],
  [0x98, 'an administrator ended it'],
  [0x99, 'the payload is not of its format'],
  [0x9a, 'retained messages are not supported'],
  [0x9b, 'the quality of service is not supported'],
  [0x9c, 'another server is to be used'],
  [0x9d, 'the server has moved'],
  [0x9e, 'shared subscriptions are not supported'],
  [0x9f, 'the connection rate is too high'],
  [0xa0, 'the connection has lasted as long as it may'],
  [0xa1, 'subscription identifiers are not supported'],
  [0xa2, 'wildcards are not supported'],
])

/** Return codes of MQTT 3.1.1 as reason codes of MQTT 5. */
const OF_VERSION_3: ReadonlyMap<number, number> = new Map([
  [OTHER_VERSION_3, OTHER_VERSION],
  [0x02, 0x85],
  [0x03, 0x88],
  [0x04, 0x86],
  [0x05, 0x87],
])

/** The reason code of a CONNACK, whichever version it is of. */
export function connectReason(code: number): number {
  return code < FAILURE ? (OF_VERSION_3.get(code) ?? code) : code
}

/** Whether CONNECT was refused for the version of MQTT. */
export function isOtherVersion(reasonCode: number): boolean {
  return reasonCode === OTHER_VERSION
}

/** The error of a CONNACK that refuses. */
export function mapConnectRefusal(
  reasonCode: number,
  properties: PacketProperties,
  about: { readonly endpoint: string; readonly username: string | undefined; readonly clientId: string },
): MessagingError {
  const cause = new MqttReason(reasonCode, properties)
  const { endpoint, username, clientId } = about
  const details = { cause }
  switch (reasonCode) {
    case 0x85:
      return new InvalidClientIdError(
        `the client id ${JSON.stringify(clientId)} is refused by ${endpoint}: ${cause.message}; choose another`,
        details,
      )
    case 0x86:
    case 0x87:
    case 0x8a:
    case 0x8c: {
      const who = username === undefined ? 'anonymous users' : `the user ${JSON.stringify(username)}`
      const advice = username === undefined ? 'give username and password' : 'check username and password'
      return new AuthenticationError(`${endpoint} refuses ${who} (${cause.message}); ${advice}`, details)
    }
    case 0x95:
      return new MessageTooLargeError(
        `${endpoint} refuses the connection: ${cause.message}; shorten the last will`,
        details,
      )
    case 0x9a:
    case 0x9b:
    case 0x90:
      return new InvalidDestinationError(
        `${endpoint} refuses the connection for its last will: ${cause.message}; change the options mqtt.will.* of the URI`,
        details,
      )
    default:
      return new ConnectionError(`${endpoint} refuses the connection: ${cause.message}${redirection(cause)}`, details)
  }
}

/** The error of a refused PUBLISH, SUBSCRIBE or UNSUBSCRIBE. */
export function mapRefusal(
  reasonCode: number,
  properties: PacketProperties,
  { action }: RequestSubject,
  peer: { readonly endpoint: string; readonly level: ProtocolLevel },
): MessagingError {
  const cause = new MqttReason(reasonCode, properties)
  const refusal = `${action} on ${peer.endpoint} was refused by the broker: ${cause.message}`
  const details = { cause }
  // MQTT 3.1.1 has this one code only, and permissions are what brokers refuse for.
  if (reasonCode === 0x87 || (peer.level === 4 && reasonCode === 0x80)) {
    return new AuthorizationError(`${refusal}; give the user the permission it needs at the broker`, details)
  }
  switch (reasonCode) {
    case 0x8f:
    case 0x90:
    case 0xa2:
      return new InvalidDestinationError(`${refusal}; choose another name`, details)
    case 0x95:
      return new MessageTooLargeError(`${refusal}; send less, or raise the broker's limit`, details)
    case 0x96:
    case 0x97:
      return new ResourceLimitError(`${refusal}; send less, or raise the broker's limit`, details)
    case 0x99:
      return new MessageFormatError(`${refusal}; send bytes`, details)
    default:
      return new MessagingError('ERR_MESSAGING', refusal, details)
  }
}

/** The error of a DISCONNECT that the broker sends. */
export function mapDisconnect(
  reasonCode: number,
  properties: PacketProperties,
  { endpoint, clientId }: { readonly endpoint: string; readonly clientId: string },
): MessagingError {
  const cause = new MqttReason(reasonCode, properties)
  if (reasonCode === TAKEN_OVER) {
    return new InvalidClientIdError(
      `${endpoint} has ended the connection with the client id ${JSON.stringify(clientId)}, since another one has come with it, which is how MQTT has it; give each its own`,
      { cause },
    )
  }
  return new ConnectionLostError(`${endpoint} has ended the connection: ${cause.message}${redirection(cause)}`, {
    cause,
  })
}

function redirection({ serverReference }: MqttReason): string {
  return serverReference === undefined ? '' : `; it says to use ${serverReference}`
}

/** The error of a message that the broker would end the connection over. */
export function tooLarge(
  action: string,
  bytes: number,
  { endpoint, limits }: { readonly endpoint: string; readonly limits: PacketProperties },
): MessageTooLargeError {
  return new MessageTooLargeError(
    `${action} on ${endpoint} is not possible: the packet has ${bytes} bytes, and the broker takes ${limits.maximumPacketSize}; send less, or raise the broker's limit`,
  )
}
