import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type BodySchema, connect, IllegalStateError, queue, TimeoutError } from '../../src/index.ts'
import { embeddedBroker } from '../../src/providers/memory/index.ts'
import { interposed } from '../unit/client/interposed.ts'

/** Answers for a body when it is told to. */
class SlowSchema implements BodySchema<string> {
  readonly #waiting = new Map<string, (fits: boolean) => void>()

  readonly '~standard' = {
    version: 1,
    vendor: 'polymq',
    validate: (body: unknown) =>
      new Promise<{ value: string } | { issues: { message: string }[] }>((resolve) => {
        this.#waiting.set(body as string, (fits) =>
          resolve(fits ? { value: body as string } : { issues: [{ message: 'no' }] }),
        )
      }),
  } as const

  answer(body: string, fits = true): void {
    this.#waiting.get(body)?.(fits)
  }
}

it('a commit waits for sends that a schema has yet to answer for', async () => {
  const name = randomUUID()
  await using connection = await connect(`memory:${name}`)
  const schema = new SlowSchema()
  const session = await connection.createSession({ transacted: true })
  const producer = await session.createProducer(queue('orders', { schema }))
  const sent = producer.send('one')
  const committed = session.commit()
  await new Promise((resolve) => setImmediate(resolve))
  schema.answer('one')
  await Promise.all([sent, committed])
  expect(embeddedBroker(name).queueDepth('orders')).toBe(1)
})

it('the order is kept when a body in between is refused before the first one is checked', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const schema = new SlowSchema()
  const session = await connection.createSession()
  const producer = await session.createProducer()
  const orders = queue('orders', { schema })
  const first = producer.send(orders, 'first')
  const refused = producer.send(orders, 'refused').catch((error: unknown) => error)
  schema.answer('refused', false)
  expect(await refused).toMatchObject({ code: 'ERR_MESSAGE_FORMAT' })
  const last = producer.send(queue('orders'), 'last')
  schema.answer('first')
  await Promise.all([first, last])
  const consumer = await session.createConsumer(queue('orders'))
  expect((await consumer.receive())?.body).toBe('first')
  expect((await consumer.receive())?.body).toBe('last')
})

it('a send does not wait for the confirmation of the one before', async () => {
  const confirmations: (() => void)[] = []
  const { connection } = await interposed(() => ({
    send: () => new Promise((resolve) => confirmations.push(resolve)),
  }))
  const schema = new SlowSchema()
  const producer = await (await connection.createSession()).createProducer(queue('orders', { schema }))
  const sends = ['one', 'two'].map((body) => producer.send(body))
  schema.answer('one')
  schema.answer('two')
  await expect.poll(() => confirmations.length).toBe(2)
  for (const confirm of confirmations) confirm()
  await Promise.all(sends)
  await connection.close()
})

it('close() does not wait for ever for a schema that never answers, nor does the send', async () => {
  const connection = await connect(`memory:${randomUUID()}`, { closeTimeout: 20, sendTimeout: 60 })
  const orders = queue('orders', { schema: new SlowSchema() })
  const producer = await (await connection.createSession()).createProducer(orders)
  const other = await (await connection.createSession()).createProducer(orders)
  const late = other.send('late').catch((error: unknown) => error)
  const closed = producer.send('closed').catch((error: unknown) => error)
  await producer.close()
  expect(await late).toBeInstanceOf(TimeoutError)
  expect(await late).toMatchObject({ inDoubt: false, message: expect.stringMatching(/schema of queue orders/) })
  expect(await closed).toBeInstanceOf(TimeoutError)
  await connection.close()
})

it('what a schema answers for after the close is refused, and not sent', async () => {
  const name = randomUUID()
  const connection = await connect(`memory:${name}`, { closeTimeout: 20 })
  const schema = new SlowSchema()
  const producer = await (await connection.createSession()).createProducer(queue('orders', { schema }))
  const sent = producer.send('late').catch((error: unknown) => error)
  await connection.close()
  schema.answer('late')
  expect(await sent).toBeInstanceOf(IllegalStateError)
  expect(embeddedBroker(name).queueDepth('orders')).toBe(0)
})
