import type { ProtocolLevel } from './codec/packets.ts'
import type { PacketProperties } from './codec/properties.ts'
import type { BrokerKind } from './endpoint.ts'

const PRODUCTS: Readonly<Record<BrokerKind, string>> = {
  mosquitto: 'Mosquitto',
  rabbitmq: 'RabbitMQ',
  artemis: 'ActiveMQ Artemis',
  activemq: 'ActiveMQ',
}

/** What is known of the broker at the other end. */
export interface Broker {
  readonly product: string | undefined
  /** Whether a `.` in a topic comes out as `/`. */
  readonly losesDots: boolean
  /** Whether CONNACK says that there is a session; ActiveMQ Classic never does. */
  readonly tellsSessions: boolean
  /** Whether what a consumer of a shared subscription leaves goes to another one (MQTT 5 §4.8.2); of Artemis that is known. */
  readonly sharesLeftovers: boolean
  /** Whether messages at QoS 2 that are being released may fill the window for good: see `windowFor`. An unknown one may be Artemis. */
  readonly stallsAtRelease: boolean
}

/**
 * The broker, as the URI says, or by what CONNACK says, since none gives its name over MQTT: RabbitMQ has no QoS 2 and no
 * shared subscriptions, which it says so (rabbit_mqtt_processor); the others say what their defaults are. ActiveMQ Classic
 * is what speaks MQTT 3.1.1 only.
 */
export function brokerOf(
  asked: BrokerKind | undefined,
  level: ProtocolLevel,
  limits: PacketProperties,
  wasAskedForVersion: boolean,
): Broker {
  const kind = asked ?? recognised(level, limits, wasAskedForVersion)
  return {
    product: kind && PRODUCTS[kind],
    losesDots: kind === 'rabbitmq',
    tellsSessions: kind !== 'activemq',
    sharesLeftovers: kind === 'artemis',
    stallsAtRelease: kind === 'artemis' || kind === undefined,
  }
}

function recognised(
  level: ProtocolLevel,
  limits: PacketProperties,
  wasAskedForVersion: boolean,
): BrokerKind | undefined {
  if (level === 4) return wasAskedForVersion ? undefined : 'activemq'
  if (limits.maximumQos === 1 && limits.sharedAvailable === 0) return 'rabbitmq'
  if (limits.topicAliasMaximum === 65_535 && limits.receiveMaximum === undefined) return 'artemis'
  if (limits.topicAliasMaximum === 10 && limits.receiveMaximum === 20) return 'mosquitto'
  return undefined
}
