import { ByteReader } from './byte-reader.ts'
import {
  type Acknowledgement,
  type Connack,
  type Disconnect,
  MqttProtocolError,
  PACKET,
  type ProtocolLevel,
  type Publish,
  type Qos,
  type ServerPacket,
  type SubscriptionAnswer,
} from './packets.ts'
import { NO_PROPERTIES, type PacketProperties, readProperties } from './properties.ts'

const NOTHING = new Uint8Array(0)

/** Takes the bytes of a connection apart into packets, wherever they are split. */
export class PacketParser {
  level: ProtocolLevel = 5
  readonly #largest: number
  readonly #packet: (packet: ServerPacket) => void
  /** Bytes of the packet that is not complete; joined once it is. */
  #pieces: Uint8Array[] = []
  #piecesLength = 0
  /** Bytes that the packet has in all; undefined until that is known. */
  #wanted: number | undefined

  /**
   * @param largest - bytes that a packet may have
   * @param packet - is called with each packet, in order
   */
  constructor(largest: number, packet: (packet: ServerPacket) => void) {
    this.#largest = largest
    this.#packet = packet
  }

  /** @throws MqttProtocolError when it is no MQTT, or more than the limit allows */
  push(received: Uint8Array): void {
    // Not the Buffer of Node: views of one cost more, and its copies are none.
    let bytes = new Uint8Array(received.buffer, received.byteOffset, received.length)
    if (this.#piecesLength > 0) {
      this.#pieces.push(bytes)
      this.#piecesLength += bytes.length
      if (this.#wanted !== undefined && this.#piecesLength < this.#wanted) return
      bytes = joined(this.#pieces, this.#piecesLength)
      this.#pieces = []
      this.#piecesLength = 0
    }
    let start = 0
    while (start < bytes.length) {
      const end = this.#endOf(bytes, start)
      if (end === undefined || end > bytes.length) break
      this.#wanted = undefined
      this.#packet(this.#parse(bytes, start, end))
      start = end
    }
    if (start === bytes.length) return
    const rest = start === 0 ? bytes : bytes.subarray(start)
    this.#pieces = [rest]
    this.#piecesLength = rest.length
  }

  /** Where the packet at `start` ends; undefined when not even its fixed header is there. */
  #endOf(bytes: Uint8Array, start: number): number | undefined {
    let length = 0
    for (let index = 1; index <= 4; index += 1) {
      const byte = bytes[start + index]
      if (byte === undefined) {
        this.#wanted = undefined
        return undefined
      }
      length += (byte & 0x7f) * 0x80 ** (index - 1)
      if (byte >= 0x80) continue
      if (length > this.#largest) {
        throw new MqttProtocolError(`a packet of ${length} bytes is longer than mqtt.maxPacketSize, ${this.#largest}`)
      }
      this.#wanted = 1 + index + length
      return start + this.#wanted
    }
    throw new MqttProtocolError('what was sent is no MQTT packet')
  }

  #parse(bytes: Uint8Array, start: number, end: number): ServerPacket {
    const first = bytes[start] as number
    let body = start + 1
    while ((bytes[body++] as number) >= 0x80) {}
    const reader = new ByteReader(bytes, body, end)
    const type = first >> 4
    switch (type) {
      case PACKET.publish:
        return this.#publish(reader, first)
      case PACKET.puback:
      case PACKET.pubrec:
      case PACKET.pubrel:
      case PACKET.pubcomp:
        return this.#acknowledgement(reader, type)
      case PACKET.suback:
      case PACKET.unsuback:
        return this.#answer(reader, type)
      case PACKET.connack:
        return connack(reader)
      case PACKET.pingresp:
        return PINGRESP
      case PACKET.disconnect:
        return this.#disconnect(reader)
      default:
        throw new MqttProtocolError(`a server sends no packet of type ${type}`)
    }
  }

  #publish(reader: ByteReader, first: number): Publish {
    const qos = (first >> 1) & 0x03
    if (qos === 3) throw new MqttProtocolError('there is no QoS 3')
    const topic = reader.recurringString()
    const packetId = qos === 0 ? 0 : nonZero(reader.uint16())
    const properties = this.level === 5 ? readProperties(reader) : NO_PROPERTIES
    return {
      type: PACKET.publish,
      topic,
      qos: qos as Qos,
      retain: (first & 0x01) !== 0,
      duplicate: (first & 0x08) !== 0,
      packetId,
      properties,
      payload: reader.isAtEnd ? NOTHING : reader.rest(),
    }
  }

  #acknowledgement(reader: ByteReader, type: Acknowledgement['type']): Acknowledgement {
    const packetId = nonZero(reader.uint16())
    const reasonCode = reader.isAtEnd ? 0 : reader.uint8()
    return { type, packetId, reasonCode, properties: this.#properties(reader) }
  }

  #answer(reader: ByteReader, type: SubscriptionAnswer['type']): SubscriptionAnswer {
    const packetId = nonZero(reader.uint16())
    const properties = this.#properties(reader)
    return { type, packetId, properties, reasonCodes: reader.rest() }
  }

  #disconnect(reader: ByteReader): Disconnect {
    const reasonCode = reader.isAtEnd ? 0 : reader.uint8()
    return { type: PACKET.disconnect, reasonCode, properties: this.#properties(reader) }
  }

  /** Left out where there are none, at the end of a packet. */
  #properties(reader: ByteReader): PacketProperties {
    return this.level === 5 && !reader.isAtEnd ? readProperties(reader) : NO_PROPERTIES
  }
}

const PINGRESP = { type: PACKET.pingresp } as const

/** A server that does not speak MQTT 5 answers in the form of 3.1.1, without properties. */
function connack(reader: ByteReader): Connack {
  const sessionPresent = (reader.uint8() & 0x01) !== 0
  const reasonCode = reader.uint8()
  const properties = reader.isAtEnd ? undefined : readProperties(reader)
  return { type: PACKET.connack, sessionPresent, reasonCode, properties }
}

function nonZero(packetId: number): number {
  if (packetId === 0) throw new MqttProtocolError('there is no packet id 0')
  return packetId
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
