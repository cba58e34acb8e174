/** The codec is no part of the package's surface: this suite alone takes it from the source. */
import { queue } from 'polymq'
import { TemporaryNames } from '../../src/interop/temporary-names.ts'
import type { MessageData } from '../../src/message/message-data.ts'
import { FrameParser } from '../../src/providers/openwire/codec/frame-parser.ts'
import { readMessage } from '../../src/providers/openwire/codec/incoming.ts'
import { WireReader } from '../../src/providers/openwire/codec/reader.ts'
import { TYPE } from '../../src/providers/openwire/codec/types.ts'
import { WireWriter } from '../../src/providers/openwire/codec/writer.ts'
import { encoded } from '../../src/providers/openwire/ids.ts'
import { encodeMessage, IncomingData } from '../../src/providers/openwire/mapping.ts'
import { type Contender, latencies, peakMemory, type Suite, stopwatch } from '../harness.ts'

const WARM_UP = 200_000
const MESSAGES = 500_000
const TIMED = 50_000
const LIMIT = 3
const VERSION = 12
const CONTEXT = { largestBody: 100_000, names: new TemporaryNames() }

const TEXT = 'x'.repeat(1_000)
const PROPERTIES = { region: 'EU', amount: 250, customer: 'ACME-17', urgent: false }

/** A message is written as a client sends it, found in what came, and read: headers, properties and body. */
export const openwireCodec: Suite = {
  name: 'openwire-codec',
  title: 'a message of 1 kB written and read by the codec of OpenWire, without a broker',
  needsBroker: false,
  contenders: [
    contender('text', { kind: 'text', body: TEXT }),
    contender('text with é', { kind: 'text', body: 'é'.repeat(500) }),
    contender('text, four properties', { kind: 'text', body: TEXT, properties: PROPERTIES }),
    contender('bytes', { kind: 'bytes', body: new Uint8Array(1_000).fill(7) }),
  ],
  goals: [{ text: `text: less than ${LIMIT} µs`, met: (medianOf) => medianOf('text', 'cpu') < LIMIT }],
}

function contender(name: string, parts: Pick<MessageData, 'kind' | 'body'> & Partial<MessageData>): Contender {
  return {
    name,
    async measure() {
      const codec = codecOf(parts)
      for (let index = 0; index < WARM_UP; index += 1) codec(index)
      const stop = stopwatch(MESSAGES)
      for (let index = 0; index < MESSAGES; index += 1) codec(index)
      const { rate, cpu } = stop()
      return { rate, cpu, rss: peakMemory(), ...(await latencies(TIMED, codec)) }
    },
  }
}

/** Writes and reads the message with this number. */
function codecOf(parts: Pick<MessageData, 'kind' | 'body'> & Partial<MessageData>): (index: number) => void {
  const now = Date.now()
  const message: MessageData = {
    messageId: undefined,
    correlationId: 'order 7',
    destination: queue('orders'),
    replyTo: undefined,
    type: undefined,
    timestamp: now,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
    ...parts,
  }
  const producerId = encoded({ type: TYPE.PRODUCER_ID, connectionId: 'ID:polymq-bench', value: 1, sessionId: 1 })
  const sender = { responseRequired: true, producerId, idProducer: producerId, redeliveryCounter: 0 }
  const writer = new WireWriter()
  const check = reading(message)
  const parser = new FrameParser(CONTEXT.largestBody, (bytes, start, end) => {
    const reader = new WireReader(bytes, start, end)
    check(new IncomingData(readMessage(reader, reader.uint8(), VERSION), CONTEXT))
  })
  return (index) => {
    const numbers = { commandId: index, sequence: index, textView: undefined, transactionId: undefined }
    encodeMessage(writer, message, { ...sender, ...numbers }, false, now)
    parser.push(writer.finish())
  }
}

/** Looks at all that a consumer would. */
function reading(sent: MessageData): (read: MessageData) => void {
  const names = Object.keys(sent.properties)
  const length = (sent.body as string | Uint8Array).length
  return ({ body, messageId, destination, properties }) => {
    const same =
      (body as string | Uint8Array).length === length && names.every((name) => properties[name] !== undefined)
    if (!same || messageId === undefined || destination === undefined) throw new Error('another message has come')
  }
}
