import { PacketWriter } from './packet-writer.ts'
import { PACKET, type ProtocolLevel, type Qos } from './packets.ts'
import { type PacketProperties, writeProperties, writePublishProperties } from './properties.ts'

/** The packets that a client sends. One writer serves all connections: each packet is written in one go. */
const writer = new PacketWriter()

/** A message as PUBLISH and the will of CONNECT have it. */
export interface OutgoingPublish {
  readonly topic: string
  readonly qos: Qos
  readonly retain: boolean
  /** Undefined in MQTT 3.1.1. */
  readonly properties: PacketProperties | undefined
  readonly payload: Uint8Array | string
}

export interface Connect {
  readonly level: ProtocolLevel
  readonly clientId: string
  readonly cleanStart: boolean
  /** Seconds; 0 for none. */
  readonly keepAlive: number
  readonly username: string | undefined
  readonly password: string | undefined
  readonly will: OutgoingPublish | undefined
  readonly properties: PacketProperties
}

/** One filter of SUBSCRIBE. */
export interface SubscriptionRequest {
  readonly filter: string
  readonly qos: Qos
  readonly noLocal: boolean
}

export function encodeConnect(connect: Connect): Uint8Array {
  const { level, will, username, password } = connect
  writer.begin()
  writer.string('MQTT', 'the protocol')
  writer.uint8(level)
  let flags = connect.cleanStart ? 0x02 : 0
  if (will !== undefined) flags |= 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0)
  if (password !== undefined) flags |= 0x40
  if (username !== undefined) flags |= 0x80
  writer.uint8(flags)
  writer.uint16(connect.keepAlive)
  if (level === 5) writeProperties(writer, connect.properties)
  writer.string(connect.clientId, 'the client id')
  if (will !== undefined) {
    if (level === 5) writeProperties(writer, will.properties ?? {})
    writer.string(will.topic, 'the topic of the will')
    writer.binary(typeof will.payload === 'string' ? utf8(will.payload) : will.payload, 'the will')
  }
  if (username !== undefined) writer.string(username, 'the user name')
  if (password !== undefined) writer.string(password, 'the password')
  return writer.finish(PACKET.connect << 4)
}

/** @param packetId - 0 at QoS 0 */
export function encodePublish(publish: OutgoingPublish, packetId: number): Uint8Array {
  const { topic, qos, retain, properties, payload } = publish
  writer.begin()
  writer.string(topic, 'the topic')
  if (qos > 0) writer.uint16(packetId)
  if (properties !== undefined) writePublishProperties(writer, properties)
  if (typeof payload === 'string') writer.text(payload)
  else writer.bytes(payload)
  return writer.finish((PACKET.publish << 4) | (qos << 1) | (retain ? 1 : 0))
}

/** PUBACK, PUBREC, PUBREL or PUBCOMP that all went well: the same in both versions. */
export function encodeAcknowledgement(type: number, packetId: number): Uint8Array {
  const first = (type << 4) | (type === PACKET.pubrel ? 0x02 : 0)
  return Uint8Array.of(first, 2, packetId >>> 8, packetId & 0xff)
}

/** @param subscriptionId - 0 for none */
export function encodeSubscribe(
  packetId: number,
  { filter, qos, noLocal }: SubscriptionRequest,
  level: ProtocolLevel,
  subscriptionId: number,
): Uint8Array {
  writer.begin()
  writer.uint16(packetId)
  if (level === 5) writeProperties(writer, subscriptionId === 0 ? {} : { subscriptionIds: [subscriptionId] })
  writer.string(filter, 'the topic filter')
  writer.uint8(qos | (noLocal ? 0x04 : 0))
  return writer.finish((PACKET.subscribe << 4) | 0x02)
}

export function encodeUnsubscribe(packetId: number, filter: string, level: ProtocolLevel): Uint8Array {
  writer.begin()
  writer.uint16(packetId)
  if (level === 5) writer.uint8(0)
  writer.string(filter, 'the topic filter')
  return writer.finish((PACKET.unsubscribe << 4) | 0x02)
}

export function encodePing(): Uint8Array {
  return Uint8Array.of(PACKET.pingreq << 4, 0)
}

/** An orderly end, after which the will is not published. */
export function encodeDisconnect(): Uint8Array {
  return Uint8Array.of(PACKET.disconnect << 4, 0)
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
