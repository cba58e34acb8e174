import { expect, it } from 'vitest'
import {
  bytesMessage,
  type Message,
  mapMessage,
  message,
  objectMessage,
  streamMessage,
  textMessage,
} from '../../src/index.ts'
import { failureOf } from '../amqp10/support.ts'
import { type Bench, uniqueQueue } from './bench.ts'
import type { JavaBody, Typed } from './java-message.ts'
import { entrySamples, recordOf, withinBmp } from './values.ts'

const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index)
const long = 'aß☃'.repeat(100_000)

/** A body as Java has it, and as polymq sends it. */
export interface BodySample {
  readonly java: JavaBody
  readonly sent: Message
  /** As polymq receives it, where that is not as it was sent. */
  readonly received?: unknown
}

/** What is the same on both sides, whoever sends it. */
export function bodiesOf(bench: Bench): Readonly<Record<string, BodySample>> {
  const entries = bench.keepsEveryCharacter ? entrySamples : withinBmp(entrySamples)
  return {
    'a text': text('Grüße, 世界, مرحبا, ☃ 😀👩‍👩‍👧‍👦\u0000\r\n\t%+=&'),
    'an empty text': text(''),
    'a long text': text(long),
    'every byte': bytes(everyByte),
    'no bytes': bytes(new Uint8Array()),
    'a map with every type of entry': {
      java: { class: 'MapMessage', body: recordOf(entries, 'java') },
      sent: mapMessage(recordOf(entries, 'sent')),
      received: recordOf(entries, 'received'),
    },
    'an empty map': { java: { class: 'MapMessage', body: {} }, sent: mapMessage({}) },
    'a stream with every type of value': {
      java: { class: 'StreamMessage', body: entrySamples.map(({ java }) => java) },
      sent: streamMessage(entrySamples.map(({ sent }) => sent)),
      received: entrySamples.map(({ received }) => received),
    },
    'an empty stream': { java: { class: 'StreamMessage', body: [] }, sent: streamMessage([]) },
  }
}

export function bodiesSuite(bench: Bench): void {
  for (const [what, { java, sent, received = sent.body }] of Object.entries(bodiesOf(bench))) {
    it(`${what} of polymq is the same for Java`, async () => {
      expect(await bench.toJava(sent)).toMatchObject(java)
    })

    it(`${what} of Java is the same for polymq`, async () => {
      const { kind, body } = await bench.fromJava(java)
      expect({ kind, body }).toEqual({ kind: sent.kind, body: received })
    })
  }

  it('a message of polymq without a body is one for Java', async () => {
    expect((await bench.toJava(message({ type: 'tick' }))).class).toBe('Message')
  })

  if (bench.broker.name === 'rabbitmq') {
    // RabbitMQ 4.0 ends the session over a message that has no body section; Qpid JMS then waits for its links to close.
    it('a message of Java without a body is refused: RabbitMQ takes none', async () => {
      const orders = uniqueQueue()
      await bench.consume(orders)
      const java = await bench.java({ settings: 'jms.closeTimeout=500' })
      expect((await failureOf(java.send(orders, { class: 'Message' }))).message).toMatch(
        /JMSException|Timed Out Waiting for close/,
      )
    })
  } else {
    it('a message of Java without a body is one for polymq', async () => {
      expect(await bench.fromJava({ class: 'Message', type: 'tick' })).toMatchObject({ kind: 'empty', type: 'tick' })
    })
  }

  it('JSON of polymq is its text for Java', async () => {
    const order = { id: 7, lines: [{ sku: 'A-100', price: 1.5 }, null], name: 'Grüße 😀' }
    expect(await bench.toJava(objectMessage(order))).toMatchObject({
      class: 'TextMessage',
      body: `string:${JSON.stringify(order)}`,
    })
  })

  it('a serialised object of Java is its bytes for polymq', async () => {
    const { kind, body } = await bench.fromJava({ class: 'ObjectMessage', body: 'string:hello' })
    expect(kind).toBe('bytes')
    expect(Buffer.from(body as Uint8Array).toString('latin1')).toBe(
      `\xac\xed\0\x05t\0\x05hello${bench.client.afterObjects}`,
    )
  })

  it('a TextMessage of Java without a text is a message without a body for polymq', async () => {
    expect((await bench.fromJava({ class: 'TextMessage', body: 'null:' })).kind).toBe('empty')
  })

  it('a char of Java is a string for polymq', async () => {
    expect(await bench.fromJava({ class: 'MapMessage', body: { initial: 'char:ß' } })).toMatchObject({
      kind: 'map',
      body: { initial: 'ß' },
    })
    expect(await bench.fromJava({ class: 'StreamMessage', body: ['char:ß'] })).toMatchObject({
      kind: 'stream',
      body: ['ß'],
    })
  })
}

function text(body: string): BodySample {
  return { java: { class: 'TextMessage', body: `string:${body}` }, sent: textMessage(body) }
}

function bytes(body: Uint8Array): BodySample {
  const java: Typed = `bytes:${Buffer.from(body).toString('hex')}`
  return { java: { class: 'BytesMessage', body: java }, sent: bytesMessage(body) }
}
