/**
 * Reads a frame of OpenWire into plain JSON: loose encoding, no cache, version 12. It is for the recorder alone, and made
 * from the order of the fields, so that what a vector means does not come from the codec that the vector tests.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

/** `type` is the name of the command or structure. What is null, false, 0 or an empty list is left out. */
export type Fields = { readonly type: string; readonly [name: string]: Json }

const BASE = 'commandId:int responseRequired:bool'
const MESSAGE = `${BASE} producerId:obj destination:obj transactionId:obj originalDestination:obj messageId:obj
  originalTransactionId:obj groupID:str groupSequence:int correlationId:str persistent:bool expiration:long
  priority:byte replyTo:obj timestamp:long jmsType:str content:bytes marshalledProperties:map dataStructure:obj
  targetConsumerId:obj compressed:bool redeliveryCounter:int brokerPath:arr arrival:long userID:str
  receivedByDFBridge:bool droppable:bool cluster:arr brokerInTime:long brokerOutTime:long jmsXGroupFirstForConsumer:bool`

/** Name and fields by type id, by ActiveMQ's names. */
const TYPES: Readonly<Record<number, readonly [name: string, fields: string]>> = {
  1: ['WireFormatInfo', 'magic:magic version:int marshalledProperties:map'],
  2: [
    'BrokerInfo',
    `${BASE} brokerId:obj brokerURL:str peerBrokerInfos:arr brokerName:str slaveBroker:bool masterBroker:bool
      faultTolerantConfiguration:bool duplexConnection:bool networkConnection:bool connectionId:long
      brokerUploadUrl:str networkProperties:str`,
  ],
  3: [
    'ConnectionInfo',
    `${BASE} connectionId:obj clientId:str password:str userName:str brokerPath:arr brokerMasterConnector:bool
      manageable:bool clientMaster:bool faultTolerant:bool failoverReconnect:bool clientIp:str`,
  ],
  4: ['SessionInfo', `${BASE} sessionId:obj`],
  5: [
    'ConsumerInfo',
    `${BASE} consumerId:obj browser:bool destination:obj prefetchSize:int maximumPendingMessageLimit:int
      dispatchAsync:bool selector:str clientId:str subscriptionName:str noLocal:bool exclusive:bool retroactive:bool
      priority:byte brokerPath:arr additionalPredicate:obj networkSubscription:bool optimizedAcknowledge:bool
      noRangeAcks:bool networkConsumerPath:arr`,
  ],
  6: ['ProducerInfo', `${BASE} producerId:obj destination:obj brokerPath:arr dispatchAsync:bool windowSize:int`],
  7: ['TransactionInfo', `${BASE} connectionId:obj transactionId:obj operation:byte`],
  8: ['DestinationInfo', `${BASE} connectionId:obj destination:obj operationType:byte timeout:long brokerPath:arr`],
  9: ['RemoveSubscriptionInfo', `${BASE} connectionId:obj subscriptionName:str clientId:str`],
  10: ['KeepAliveInfo', BASE],
  11: ['ShutdownInfo', BASE],
  12: ['RemoveInfo', `${BASE} objectId:obj lastDeliveredSequenceId:long`],
  16: ['ConnectionError', `${BASE} exception:thr connectionId:obj`],
  17: [
    'ConsumerControl',
    `${BASE} destination:obj close:bool consumerId:obj prefetch:int flush:bool start:bool stop:bool`,
  ],
  18: [
    'ConnectionControl',
    `${BASE} close:bool exit:bool faultTolerant:bool resume:bool suspend:bool connectedBrokers:str reconnectTo:str
      rebalanceConnection:bool token:bytes`,
  ],
  19: ['ProducerAck', `${BASE} producerId:obj size:int`],
  20: ['MessagePull', `${BASE} consumerId:obj destination:obj timeout:long correlationId:str messageId:obj`],
  21: ['MessageDispatch', `${BASE} consumerId:obj destination:obj message:obj redeliveryCounter:int`],
  22: [
    'MessageAck',
    `${BASE} destination:obj transactionId:obj consumerId:obj ackType:byte firstMessageId:obj lastMessageId:obj
      messageCount:int poisonCause:thr`,
  ],
  23: ['Message', MESSAGE],
  24: ['BytesMessage', MESSAGE],
  25: ['MapMessage', MESSAGE],
  26: ['ObjectMessage', MESSAGE],
  27: ['StreamMessage', MESSAGE],
  28: ['TextMessage', MESSAGE],
  30: ['Response', `${BASE} correlationId:int`],
  31: ['ExceptionResponse', `${BASE} correlationId:int exception:thr`],
  100: ['Queue', 'physicalName:str'],
  101: ['Topic', 'physicalName:str'],
  102: ['TempQueue', 'physicalName:str'],
  103: ['TempTopic', 'physicalName:str'],
  110: ['MessageId', 'textView:str producerId:obj producerSequenceId:long brokerSequenceId:long'],
  111: ['LocalTransactionId', 'value:long connectionId:obj'],
  120: ['ConnectionId', 'value:str'],
  121: ['SessionId', 'connectionId:str value:long'],
  122: ['ConsumerId', 'connectionId:str sessionId:long value:long'],
  123: ['ProducerId', 'connectionId:str value:long sessionId:long'],
  124: ['BrokerId', 'value:str'],
}

/** @param bytes with the four bytes of its length */
export function readFrame(bytes: Buffer): Fields {
  const reader = new FrameReader(bytes.subarray(4))
  const fields = reader.structure()
  if (!reader.atEnd) throw new Error(`${fields.type} has more bytes than fields: ${bytes.toString('hex')}`)
  return fields
}

class FrameReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length
  }

  structure(): Fields {
    const id = this.#integer(1)
    const [type, fields] = TYPES[id] ?? []
    if (type === undefined || fields === undefined) throw new Error(`no type ${id}: ${this.#bytes.toString('hex')}`)
    const pairs = fields.split(/\s+/).map((field) => {
      const [name = '', kind = ''] = field.split(':')
      return [name, this.#value(kind)] as const
    })
    return Object.fromEntries([['type', type], ...pairs.filter(([, value]) => !isNothing(value))]) as Fields
  }

  #value(kind: string): Json {
    switch (kind) {
      case 'bool':
        return this.#integer(1) !== 0
      case 'byte':
        return this.#bytes.readInt8(this.#skip(1))
      case 'int':
        return this.#bytes.readInt32BE(this.#skip(4))
      case 'long':
        return exact(this.#bytes.readBigInt64BE(this.#skip(8)))
      case 'str':
        return this.#ifPresent(() => textOf(this.#slice(this.#integer(2))))
      case 'bytes':
        return this.#ifPresent(() => this.#slice(this.#integer(4)).toString('hex'))
      case 'obj':
        return this.#ifPresent(() => this.structure())
      case 'arr':
        return this.#ifPresent(() => Array.from({ length: this.#integer(2) }, () => this.#value('obj')))
      case 'thr':
        return this.#ifPresent(() => ({ className: this.#value('str'), message: this.#value('str') }))
      case 'map':
        return this.#ifPresent(() => new FrameReader(this.#slice(this.#integer(4))).#map())
      default:
        return this.#slice(8).toString('latin1')
    }
  }

  /** Values as the Java program of the interoperation tests writes them: `int:1`. */
  #map(): Json {
    const count = this.#integer(4)
    const entries = Array.from({ length: count }, () => [textOf(this.#slice(this.#integer(2))), this.#typed()] as const)
    return Object.fromEntries(entries)
  }

  #typed(): string {
    const tag = this.#integer(1)
    switch (tag) {
      case 1:
        return `boolean:${this.#value('bool')}`
      case 2:
        return `byte:${this.#value('byte')}`
      case 4:
        return `short:${this.#bytes.readInt16BE(this.#skip(2))}`
      case 5:
        return `int:${this.#value('int')}`
      case 6:
        return `long:${this.#value('long')}`
      case 7:
        return `double:${this.#bytes.readDoubleBE(this.#skip(8))}`
      case 8:
        return `float:${this.#bytes.readFloatBE(this.#skip(4))}`
      case 9:
        return `string:${textOf(this.#slice(this.#integer(2)))}`
      case 13:
        return `string:${textOf(this.#slice(this.#integer(4)))}`
      default:
        throw new Error(`no reading of a value with the tag ${tag}`)
    }
  }

  #ifPresent(read: () => Json): Json {
    return this.#integer(1) === 0 ? null : read()
  }

  #integer(size: 1 | 2 | 4): number {
    return this.#bytes.readUIntBE(this.#skip(size), size)
  }

  #slice(length: number): Buffer {
    const start = this.#skip(length)
    return this.#bytes.subarray(start, start + length)
  }

  #skip(length: number): number {
    const start = this.#at
    if (start + length > this.#bytes.length) throw new Error(`too short: ${this.#bytes.toString('hex')}`)
    this.#at += length
    return start
  }
}

/** Java's own form of UTF-8: NUL in two bytes, and characters beyond U+FFFF as two surrogates of three bytes. */
function textOf(bytes: Buffer): string {
  const units: number[] = []
  for (let at = 0; at < bytes.length; ) {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + 4)
    const length = a < 0x80 ? 1 : a < 0xe0 ? 2 : a < 0xf0 ? 3 : 4
    at += length
    if (length === 1) units.push(a)
    else if (length === 2) units.push(((a & 0x1f) << 6) | (b & 0x3f))
    else if (length === 3) units.push(((a & 0x0f) << 12) | ((b & 0x3f) << 6) | (c & 0x3f))
    else {
      const point = ((a & 0x07) << 18) | ((b & 0x3f) << 12) | ((c & 0x3f) << 6) | (d & 0x3f)
      units.push(0xd800 + ((point - 0x10000) >> 10), 0xdc00 + ((point - 0x10000) & 0x3ff))
    }
  }
  let text = ''
  for (const unit of units) text += String.fromCharCode(unit)
  return text
}

/** A long as a number where that holds it, else as text. */
function exact(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function isNothing(value: Json): boolean {
  return value === null || value === false || value === 0 || (Array.isArray(value) && value.length === 0)
}
