import type { PacketProperties } from './properties.ts'

/** Control packet types (MQTT 5 §2.1.2). */
export const PACKET = {
  connect: 1,
  connack: 2,
  publish: 3,
  puback: 4,
  pubrec: 5,
  pubrel: 6,
  pubcomp: 7,
  subscribe: 8,
  suback: 9,
  unsubscribe: 10,
  unsuback: 11,
  pingreq: 12,
  pingresp: 13,
  disconnect: 14,
} as const

/** Level of the protocol, as CONNECT has it: 4 is MQTT 3.1.1. */
export type ProtocolLevel = 4 | 5

export type Qos = 0 | 1 | 2

/** CONNACK. */
export interface Connack {
  readonly type: typeof PACKET.connack
  readonly sessionPresent: boolean
  /** A reason code of MQTT 5, or a return code of 3.1.1. */
  readonly reasonCode: number
  /** Undefined where it was answered in the form of MQTT 3.1.1. */
  readonly properties: PacketProperties | undefined
}

/** PUBLISH as it is received. Its payload is a view of the bytes that came in. */
export interface Publish {
  readonly type: typeof PACKET.publish
  readonly topic: string
  readonly qos: Qos
  readonly retain: boolean
  readonly duplicate: boolean
  /** 0 at QoS 0. */
  readonly packetId: number
  readonly properties: PacketProperties
  readonly payload: Uint8Array
}

/** PUBACK, PUBREC, PUBREL, PUBCOMP. */
export interface Acknowledgement {
  readonly type: typeof PACKET.puback | typeof PACKET.pubrec | typeof PACKET.pubrel | typeof PACKET.pubcomp
  readonly packetId: number
  readonly reasonCode: number
  readonly properties: PacketProperties
}

/** SUBACK, UNSUBACK. */
export interface SubscriptionAnswer {
  readonly type: typeof PACKET.suback | typeof PACKET.unsuback
  readonly packetId: number
  /** One for each filter; none from UNSUBACK of MQTT 3.1.1. */
  readonly reasonCodes: Uint8Array
  readonly properties: PacketProperties
}

export interface Pingresp {
  readonly type: typeof PACKET.pingresp
}

/** DISCONNECT, which servers send since MQTT 5. */
export interface Disconnect {
  readonly type: typeof PACKET.disconnect
  readonly reasonCode: number
  readonly properties: PacketProperties
}

/** Everything that a server sends. */
export type ServerPacket = Connack | Publish | Acknowledgement | SubscriptionAnswer | Pingresp | Disconnect

/** What came is no MQTT, or more than this client takes. */
export class MqttProtocolError extends Error {
  override readonly name: string = 'MqttProtocolError'
}
