import { describe, expect, it } from 'vitest'
import {
  byte,
  bytesMessage,
  type Connection,
  connect,
  double,
  float,
  int,
  long,
  mapMessage,
  message,
  objectMessage,
  queue,
  type ReceivedMessage,
  short,
  streamMessage,
  textMessage,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { BrokerName, PortName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'

const properties = {
  truth: true,
  lie: false,
  text: 'ä: b\\c',
  byte: byte(-1),
  short: short(300),
  int: int(70_000),
  long: long(5n),
  large: 9_007_199_254_740_993n,
  float: float(0.5),
  double: double(3),
}
const plainProperties = {
  truth: true,
  lie: false,
  text: 'ä: b\\c',
  byte: -1,
  short: 300,
  int: 70_000,
  long: 5,
  large: 9_007_199_254_740_993n,
  float: 0.5,
  double: 3,
}
const sent = {
  text: textMessage('hello ä😀\nthere', { properties }),
  bytes: bytesMessage(Uint8Array.of(0, 255, 128, 10), { properties }),
  map: mapMessage(
    { one: 1, two: 'zwei', three: true, four: 4.5, nothing: null, bytes: Uint8Array.of(1, 0) },
    { properties },
  ),
  'map of one': mapMessage({ one: 'only' }, { properties }),
  'map of none': mapMessage({}, { properties }),
  stream: streamMessage([1, 'two', false, null], { properties }),
  object: objectMessage({ deep: { list: [1, 'x', null] } }, { properties }),
  empty: message({ properties }),
}
type Kind = keyof typeof sent
const all = Object.keys(sent) as Kind[]

interface Pair {
  readonly broker: BrokerName
  readonly amqp: PortName
  /** What arrives as it was sent by AMQP. */
  readonly toStomp: readonly Kind[]
  /** Whether numbers and truth values do. */
  readonly hasTypes: boolean
  /** Options of the STOMP URI. */
  readonly options?: string
}

const pairs: readonly Pair[] = [
  { broker: 'activemq', amqp: 'amqp', toStomp: all, hasTypes: true },
  // The broker makes JMS messages of them, and sends streams over STOMP without a body.
  {
    broker: 'activemq',
    amqp: 'amqp-jms',
    toStomp: all.filter((kind) => kind !== 'stream'),
    hasTypes: false,
    options: '?stomp.transformation=jms-json',
  },
  // It hands over maps and streams in AMQP's encoding, and leaves out properties that are neither text nor whole numbers.
  { broker: 'rabbitmq', amqp: 'amqp', toStomp: ['text', 'bytes', 'object'], hasTypes: false },
  // It sends maps over STOMP without a body, and streams not at all.
  { broker: 'artemis', amqp: 'amqp', toStomp: ['text', 'bytes', 'object', 'empty'], hasTypes: false },
]

const running = pairs.filter(({ broker }) => injectedBroker(broker) !== undefined)

describe.each(running)('STOMP and AMQP 1.0 on $broker, port $amqp', (pair) => {
  const { broker: name, amqp, toStomp, hasTypes, options = '' } = pair
  const uri = (port: PortName): string => `${injectedBroker(name)?.uri(port) ?? ''}${port === 'stomp' ? options : ''}`

  async function through(kind: Kind, from: PortName, to: PortName): Promise<ReceivedMessage> {
    await using sender: Connection = await connect(uri(from))
    await using receiver: Connection = await connect(uri(to))
    const destination = queue(uniqueName('kinds'))
    const consumer = await (await receiver.createSession()).createConsumer(destination)
    await sender.send(destination, sent[kind])
    const received = await consumer.receive({ timeout: 10_000 })
    if (received === null) throw new Error('nothing came')
    return received
  }

  it.each(all)('keep from STOMP to AMQP kind, body and all types of properties: %s', async (kind) => {
    const received = await through(kind, 'stomp', amqp)
    expect(received.kind).toBe(sent[kind].kind)
    expect(received.body).toEqual(sent[kind].body)
    expect(received.properties).toEqual(plainProperties)
  })

  it.each(toStomp)('keep from AMQP to STOMP kind and body: %s', async (kind) => {
    const received = await through(kind, amqp, 'stomp')
    expect(received.kind).toBe(sent[kind].kind)
    expect(received.body).toEqual(sent[kind].body)
    if (hasTypes) expect(received.properties).toEqual(plainProperties)
    else expect(received.properties.text).toBe(plainProperties.text)
  })
})
