import { describe, expect, it } from 'vitest'
import {
  byte,
  bytesMessage,
  type Connection,
  connect,
  double,
  float,
  long,
  mapMessage,
  message,
  objectMessage,
  queue,
  type ReceivedMessage,
  short,
  streamMessage,
  textMessage,
  topic,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { BrokerName, PortName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'

const fields = {
  ...{ correlationId: 'c', type: 't', replyTo: topic('answers') },
  properties: {
    ...{ truth: true, text: 'ä: b\\c 😀', byte: byte(-1), short: short(300), int: 70_000, long: long(5n) },
    ...{ large: 9_007_199_254_740_993n, float: float(0.5), double: double(3) },
  },
}
const plainProperties = {
  ...{ truth: true, text: 'ä: b\\c 😀', byte: -1, short: 300, int: 70_000, long: 5 },
  ...{ large: 9_007_199_254_740_993n, float: 0.5, double: 3 },
}
const sent = {
  text: textMessage('hello ä😀\n\0there', fields),
  bytes: bytesMessage(Uint8Array.of(0, 255, 128, 10), fields),
  map: mapMessage({ one: 1, two: 'zwei ☃', three: true, four: 4.5, nothing: null, bytes: Uint8Array.of(1, 0) }, fields),
  'map of none': mapMessage({}, fields),
  stream: streamMessage([1, 'two', false, null], fields),
  object: objectMessage({ deep: { list: [1, 'x', null] } }, fields),
  empty: message(fields),
}
type Kind = keyof typeof sent
const kinds = Object.keys(sent) as Kind[]

const ways: readonly { readonly broker: BrokerName; readonly from: PortName; readonly to: PortName }[] = [
  { broker: 'activemq', from: 'openwire', to: 'amqp' },
  { broker: 'activemq', from: 'openwire', to: 'amqp-jms' },
  { broker: 'activemq', from: 'amqp', to: 'openwire' },
  { broker: 'activemq', from: 'amqp-jms', to: 'openwire' },
  { broker: 'activemq', from: 'stomp', to: 'openwire' },
  { broker: 'artemis', from: 'openwire', to: 'amqp' },
  { broker: 'artemis', from: 'amqp', to: 'openwire' },
  { broker: 'artemis', from: 'stomp', to: 'openwire' },
]
const running = ways.filter(({ broker }) => injectedBroker(broker) !== undefined)

describe.each(running)('from $from to $to on $broker', ({ broker: name, from, to }) => {
  const uri = (port: PortName): string => injectedBroker(name)?.uri(port) ?? ''

  async function through(kind: Kind): Promise<ReceivedMessage> {
    await using sender: Connection = await connect(uri(from))
    await using receiver: Connection = await connect(uri(to))
    const destination = queue(uniqueName('kinds'))
    const consumer = await (await receiver.createSession()).createConsumer(destination)
    await sender.send(destination, sent[kind])
    const received = await consumer.receive({ timeout: 10_000 })
    if (received === null) throw new Error('nothing came')
    return received
  }

  it.each(kinds)('a message keeps kind, body, headers and all types of properties: %s', async (kind) => {
    const received = await through(kind)
    expect(received.kind).toBe(sent[kind].kind)
    expect(received.body).toEqual(sent[kind].body)
    expect(received.properties).toEqual(plainProperties)
    expect(received).toMatchObject({ correlationId: 'c', type: 't', replyTo: { kind: 'topic', name: 'answers' } })
  })
})
