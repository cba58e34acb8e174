import { InvalidOptionError, InvalidUriError } from '../../errors.ts'
import { makeDestination, type Topic } from '../../message/destination.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import type { TransportEndpoint, WebSocketUse } from '../../transport/open-transport.ts'
import type { ProtocolLevel, Qos } from './codec/packets.ts'

/** What the broker is told to publish when the connection ends otherwise than by close(). */
export interface Will {
  readonly topic: Topic
  readonly text: string
  readonly qos: Qos
  readonly retain: boolean
  /** Seconds. */
  readonly delay: number
}

/** Brokers that are known, as the option `mqtt.broker` names them. */
export type BrokerKind = 'mosquitto' | 'rabbitmq' | 'artemis' | 'activemq'

/** A connection URI, taken apart. */
export interface Endpoint extends TransportEndpoint {
  /** The version to speak; undefined for the highest that the broker knows. */
  readonly level: ProtocolLevel | undefined
  /** What the broker is taken for when it does not say. */
  readonly broker: BrokerKind | undefined
  /** Of persistent messages and of subscriptions. */
  readonly qos: 1 | 2
  /** Seconds for which durable subscriptions stay. */
  readonly sessionExpiry: number
  /** Bytes of a packet that is taken. */
  readonly largestPacket: number
  readonly will: Will | undefined
  /** Whether MQTT 3.1.1 has in the payload what it has no place for. */
  readonly envelope: boolean
}

/** What MQTT asks of a WebSocket (MQTT 5 §6). Packets may be split over messages, of which ActiveMQ takes 64 KiB each. */
export const WEB_SOCKET: WebSocketUse = { subprotocols: ['mqtt'], largestMessage: 32 * 1024 }

const TRANSPORTS: Readonly<Record<string, { readonly transport: Endpoint['transport']; readonly port: number }>> = {
  'mqtt:': { transport: 'tcp', port: 1883 },
  'mqtts:': { transport: 'tls', port: 8883 },
  'mqtt+ssl:': { transport: 'tls', port: 8883 },
  'mqtt+ws:': { transport: 'ws', port: 80 },
  'mqtt+wss:': { transport: 'wss', port: 443 },
}

const LEVELS: Readonly<Record<string, ProtocolLevel>> = { '5': 5, '5.0': 5, '3.1.1': 4 }
const BROKERS: readonly BrokerKind[] = ['mosquitto', 'rabbitmq', 'artemis', 'activemq']
/** The most that the length of a packet can say (MQTT 5 §1.5.5). */
const LARGEST_PACKET = 268_435_455
/** A session with this expiry never ends by itself (MQTT 5 §3.1.2.11.2). */
export const NEVER = 0xffff_ffff

/**
 * Reads the connection's URI.
 *
 * @throws InvalidUriError for a scheme that is not MQTT
 * @throws InvalidOptionError for an option without sense
 */
export function parseEndpoint({ uri }: ConnectionInfo): Endpoint {
  const scheme = TRANSPORTS[uri.protocol]
  if (scheme === undefined) {
    throw new InvalidUriError(`${uri.protocol}// is no MQTT URI; use mqtt, mqtts, mqtt+ssl, mqtt+ws or mqtt+wss`)
  }
  const port = uri.port === '' ? scheme.port : Number(uri.port)
  const options = uri.searchParams
  const hasPath = scheme.transport === 'ws' || scheme.transport === 'wss'
  return Object.freeze({
    name: `${uri.protocol}//${uri.hostname}:${port}`,
    transport: scheme.transport,
    // An IPv6 address stands in brackets in a URI only.
    host: uri.hostname.replace(/^\[|\]$/g, ''),
    port,
    path: hasPath ? uri.pathname || '/' : '/',
    level: oneOf(options, 'mqtt.version', LEVELS),
    broker: oneOf(options, 'mqtt.broker', Object.fromEntries(BROKERS.map((name) => [name, name]))),
    qos: oneOf(options, 'mqtt.qos', { '1': 1, '2': 2 } as const) ?? 1,
    sessionExpiry: numberOf(options, 'mqtt.sessionExpiry', 1, NEVER) ?? NEVER,
    largestPacket: numberOf(options, 'mqtt.maxPacketSize', 1, LARGEST_PACKET) ?? LARGEST_PACKET,
    will: willOf(options),
    envelope: oneOf(options, 'mqtt.envelope', { json: true }) ?? false,
  })
}

/** Whether packets go over a WebSocket. */
export function isWebSocket({ transport }: Endpoint): boolean {
  return transport === 'ws' || transport === 'wss'
}

function willOf(options: URLSearchParams): Will | undefined {
  const topic = options.get('mqtt.will.topic')
  if (topic === null) {
    const other = [...options.keys()].find((name) => name.startsWith('mqtt.will.'))
    if (other === undefined) return undefined
    throw new InvalidOptionError(other, `${other} needs a topic to publish the last will to; give mqtt.will.topic`)
  }
  return {
    topic: makeDestination('topic', topic),
    text: options.get('mqtt.will.text') ?? '',
    qos: oneOf(options, 'mqtt.will.qos', { '0': 0, '1': 1, '2': 2 } as const) ?? 1,
    retain: oneOf(options, 'mqtt.will.retain', { true: true, false: false }) ?? false,
    delay: numberOf(options, 'mqtt.will.delay', 0, NEVER) ?? 0,
  }
}

function oneOf<T>(options: URLSearchParams, name: string, values: Readonly<Record<string, T>>): T | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  if (Object.hasOwn(values, text)) return values[text]
  throw new InvalidOptionError(name, `${name} is one of ${Object.keys(values).join(', ')}, not ${JSON.stringify(text)}`)
}

function numberOf(options: URLSearchParams, name: string, lowest: number, highest: number): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= lowest && value <= highest) return value
  throw new InvalidOptionError(
    name,
    `${name} is a whole number from ${lowest} to ${highest}, not ${JSON.stringify(text)}`,
  )
}
