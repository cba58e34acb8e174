import { InvalidOptionError } from '../../errors.ts'
import { makeDestination, type Topic } from '../../message/destination.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { endpointOf, numberOf, oneOf, type TransportEndpoint } from '../../transport/endpoint.ts'
import type { WebSocketUse } from '../../transport/open-transport.ts'
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

/** The ports of brokers without WebSocket. */
const PORTS = { tcp: 1883, tls: 8883 }

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
  const options = uri.searchParams
  return Object.freeze({
    ...endpointOf(uri, 'mqtt', PORTS),
    level: oneOf(options, 'mqtt.version', LEVELS),
    broker: oneOf(options, 'mqtt.broker', Object.fromEntries(BROKERS.map((name) => [name, name]))),
    qos: oneOf(options, 'mqtt.qos', { '1': 1, '2': 2 } as const) ?? 1,
    sessionExpiry: numberOf(options, 'mqtt.sessionExpiry', 1, NEVER) ?? NEVER,
    largestPacket: numberOf(options, 'mqtt.maxPacketSize', 1, LARGEST_PACKET) ?? LARGEST_PACKET,
    will: willOf(options),
    envelope: oneOf(options, 'mqtt.envelope', { json: true }) ?? false,
  })
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
