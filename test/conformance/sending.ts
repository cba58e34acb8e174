import { expect } from 'vitest'
import {
  AbortedError,
  bytesMessage,
  MessageFormatError,
  mapMessage,
  queue,
  textMessage,
  topic,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, numbered, unique } from './waiting.ts'

export function sending(bench: Bench): void {
  featureTest(bench, ['queues', 'publishConfirm'], 'has stored a message once send() resolves', async () => {
    const { connection } = await bench.sit()
    const orders = queue(unique('orders'))
    await connection.send(orders, 'safe')
    await connection.close()
    expect(await bench.remaining(orders)).toEqual(['safe'])
  })

  featureTest(bench, 'queues', 'keeps the order of sends that are not awaited one by one', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const consumer = await session.createConsumer(orders)
    const bodies = numbered(2_000)
    const sends = bodies.map((body) => producer.send(body))
    expect(await bench.bodies(consumer, bodies.length)).toEqual(bodies)
    await Promise.all(sends)
  })

  featureTest(bench, 'queues', 'keeps the order also through a small window of unconfirmed sends', async () => {
    const { session } = await bench.sit({}, { maxPendingSends: 2 })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const bodies = numbered(100)
    await Promise.all(bodies.map((body) => producer.send(body)))
    expect(await bench.bodies(await session.createConsumer(orders), bodies.length)).toEqual(bodies)
  })

  featureTest(bench, 'queues', 'sends bytes as they are at the call, also when they wait for their turn', async () => {
    const { session } = await bench.sit({}, { maxPendingSends: 1 })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const buffer = new Uint8Array(1_000)
    const sends = [1, 2, 3].map((value) => {
      buffer.fill(value)
      return producer.send(buffer)
    })
    buffer.fill(99)
    await Promise.all(sends)
    const received = await bench.bodies(await session.createConsumer(orders), 3)
    expect(received).toEqual([1, 2, 3].map((value) => new Uint8Array(1_000).fill(value)))
  })

  featureTest(bench, 'queues', 'takes objects, maps and made messages as they are when they are given', async () => {
    const { session } = await bench.sit({}, { maxPendingSends: 1 })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const object = { n: 1 }
    const record = { n: 1 }
    const bytes = Uint8Array.of(1)
    const [map, made] = [mapMessage(record), bytesMessage(bytes)]
    record.n = 2
    bytes[0] = 2
    const sends = [producer.send('first'), producer.send(object), producer.send(map), producer.send(made)]
    object.n = 2
    await Promise.all(sends)
    const received = await bench.bodies(await session.createConsumer(orders), 4)
    expect(received).toEqual(['first', { n: 1 }, { n: 1 }, Uint8Array.of(1)])
  })

  featureTest(bench, 'queues', 'sends one message value as often as wanted', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const made = textMessage('again', { correlationId: 'c' })
    await Promise.all([producer.send(made), producer.send(made)])
    const [first, second] = await bench.take(await session.createConsumer(orders), 2)
    expect(first).toMatchObject({ body: 'again', correlationId: 'c' })
    expect(second).toMatchObject({ body: 'again', correlationId: 'c' })
    expect(first?.messageId).not.toBe(second?.messageId)
  })

  featureTest(
    bench,
    ['queues', 'topics'],
    'sends wherever each send says, by a producer without a destination',
    async () => {
      const { session } = await bench.sit()
      const [orders, bills, news] = [queue(unique('orders')), queue(unique('bills')), topic(unique('news'))]
      const reader = await session.createConsumer(news)
      const producer = await session.createProducer()
      expect(producer.destination).toBeUndefined()
      await producer.send(orders, 'an order')
      await producer.send(bills, 'a bill')
      await producer.send(news, 'some news')
      expect((await bench.next(await session.createConsumer(orders))).body).toBe('an order')
      expect((await bench.next(await session.createConsumer(bills))).body).toBe('a bill')
      expect((await bench.next(reader)).body).toBe('some news')
    },
  )

  featureTest(bench, 'queues', 'keeps destinations apart', async () => {
    const { connection } = await bench.sit()
    const name = unique('orders')
    const names = [name, `${name}.eu`, name.toUpperCase(), `${name}_`]
    await Promise.all(names.map((each) => connection.send(queue(each), each)))
    for (const each of names) expect(await bench.remaining(queue(each))).toEqual([each])
  })

  featureTest(
    bench,
    'queues',
    'takes names with spaces, slashes, percent signs and letters of any script',
    async () => {
      const { connection, session } = await bench.sit()
      for (const odd of ['with space', 'a/b', 'per%20cent', 'größe', '队列', 'a?b', 'a&b=c', 'a,b', 'a@b;c']) {
        if ([...bench.target.reservedCharacters].some((character) => odd.includes(character))) continue
        const destination = queue(`${unique('odd')} ${odd}`)
        const consumer = await session.createConsumer(destination)
        await connection.send(destination, odd)
        const received = await bench.next(consumer)
        expect(received.body).toBe(odd)
        expect(received.destination?.name).toBe(destination.name)
        await consumer.close()
      }
    },
  )

  featureTest(bench, 'queues', 'refuses a body that cannot be written, and sends nothing', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const circular: Record<string, unknown> = {}
    circular.self = circular
    expect(await failureOf(producer.send(circular))).toBeInstanceOf(MessageFormatError)
    expect(await failureOf(producer.send({ n: 1n }))).toBeInstanceOf(MessageFormatError)
    expect(await failureOf(producer.send(() => {}))).toBeInstanceOf(MessageFormatError)
    await producer.send('good')
    expect(await bench.remaining(orders)).toEqual(['good'])
  })

  featureTest(bench, 'queues', 'does not send what is aborted beforehand', async () => {
    const { session } = await bench.sit()
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const reason = new Error('changed my mind')
    const error = await failureOf(producer.send('unwanted', { signal: AbortSignal.abort(reason) }))
    expect(error).toBeInstanceOf(AbortedError)
    expect(error).toMatchObject({ code: 'ERR_ABORTED', cause: reason })
    await producer.send('wanted')
    expect(await bench.remaining(orders)).toEqual(['wanted'])
  })

  featureTest(bench, 'queues', 'lets a send under way be aborted; what resolved has arrived, in order', async () => {
    const { session } = await bench.sit({}, { maxPendingSends: 1 })
    const orders = queue(unique('orders'))
    const producer = await session.createProducer(orders)
    const abort = new AbortController()
    const sends = numbered(10).map((body) => producer.send(body, { signal: abort.signal }).then(() => body))
    abort.abort()
    const outcomes = await Promise.allSettled(sends)
    const arrived = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(AbortedError)
    }
    await producer.send('last')
    const remaining = await bench.remaining(orders)
    expect(remaining).toEqual(expect.arrayContaining(arrived))
    // All but the first wait for its confirmation, or had theirs: none can be in doubt.
    expect(remaining.slice(1)).toEqual([...arrived.filter((body) => body !== '0'), 'last'])
  })

  featureTest(bench, 'queues', 'sends from many producers at once without losing or mixing anything', async () => {
    const { connection, session } = await bench.sit()
    const orders = queue(unique('orders'))
    const consumer = await session.createConsumer(orders)
    const producers = await Promise.all(
      numbered(5).map(async () => (await connection.createSession()).createProducer(orders)),
    )
    const sends = producers.flatMap((producer, index) => numbered(50, `${index}:`).map((body) => producer.send(body)))
    const received = (await bench.bodies(consumer, sends.length)) as string[]
    await Promise.all(sends)
    for (const index of producers.keys()) {
      const own = received.filter((body) => body.startsWith(`${index}:`))
      expect(own).toEqual(numbered(50, `${index}:`))
    }
  })
}
