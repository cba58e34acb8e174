import { randomUUID } from 'node:crypto'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import {
  type BodySchema,
  bytesMessage,
  connect,
  InvalidOptionError,
  MessageFormatError,
  queue,
} from '../../../src/index.ts'

interface Order {
  readonly id: string
  readonly quantity: number
}

// Annotated, so that this compiles only where the library's own types fit.
const libraries: readonly (readonly [string, BodySchema<Order>, BodySchema<Date>])[] = [
  ['zod', z.object({ id: z.string(), quantity: z.int().positive() }), z.string().transform((text) => new Date(text))],
  [
    'valibot',
    v.object({ id: v.string(), quantity: v.pipe(v.number(), v.integer(), v.minValue(1)) }),
    v.pipe(
      v.string(),
      v.transform((text) => new Date(text)),
    ),
  ],
  // A schema of arktype is a function.
  ['arktype', type({ id: 'string', quantity: 'number.integer > 0' }), type('string').pipe((text) => new Date(text))],
]

describe.each(libraries)('a schema of %s', (_, order, date) => {
  it('checks what is sent and what is received, and says where it does not fit', async () => {
    await using connection = await connect(`memory:${randomUUID()}`)
    const reported = new Promise<Error>((resolve) => connection.once('error', resolve))
    const orders = queue('orders', { schema: order })
    const refused = await connection.send(orders, { id: 'a', quantity: -1 }).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(MessageFormatError)
    expect(String(refused)).toMatch(/does not fit the schema of queue orders: quantity: /)
    await connection.send(orders, { id: 'a', quantity: 2 })
    await connection.send(queue('orders'), { id: 7, quantity: 2 })
    await connection.send(orders, { id: 'b', quantity: 3 })

    const consumer = await (await connection.createSession()).createConsumer(orders)
    const first = await consumer.receive()
    const quantity: number | undefined = first?.body.quantity
    expect([first?.body.id, quantity]).toEqual(['a', 2])
    expect((await consumer.receive())?.body).toEqual({ id: 'b', quantity: 3 })
    expect(String(await reported)).toMatch(/does not fit the schema of queue orders: id: /)
  })

  it('hands over what it makes of a body', async () => {
    await using connection = await connect(`memory:${randomUUID()}`)
    await connection.send(queue('dates'), '2026-01-02T03:04:05.000Z')
    const consumer = await (await connection.createSession()).createConsumer(queue('dates'), { schema: date })
    expect((await consumer.receive())?.body).toEqual(new Date('2026-01-02T03:04:05.000Z'))
  })
})

describe('an object that Java has serialised', () => {
  const serialised = (head: readonly number[], rest = ''): Uint8Array =>
    Uint8Array.of(0xac, 0xed, 0, 5, ...head, ...new TextEncoder().encode(rest))
  const order = z.object({ id: z.string() })

  it.each([
    [
      'names its class',
      serialised([0x73, 0x72, 0, 17], 'com.example.Order…'),
      /it is .* of Java \(com\.example\.Order\),/,
    ],
    ['has no class', serialised([0x74, 0, 1], 'x'), /it is a serialised object of Java, which/],
    ['is cut off', serialised([0x73]), /it is a serialised object of Java, which/],
    ['has no name for a class', serialised([0x73, 0x72, 0, 4], 'a\nb\n'), /it is a serialised object of Java, which/],
  ])('that %s is refused with what it is', async (_, bytes, complaint) => {
    await using connection = await connect(`memory:${randomUUID()}`)
    const reported = new Promise<Error>((resolve) => connection.once('error', resolve))
    await (await connection.createSession()).createConsumer(queue('orders', { schema: order }))
    await connection.send(queue('orders'), bytesMessage(bytes))
    const error = await reported
    expect(error).toBeInstanceOf(MessageFormatError)
    expect(error.message).toMatch(complaint)
    expect(error.message).toMatch(/never deserialises; let the sender send a text \(JSON\) or a map/)
  })

  it('is what a schema makes of its bytes', async () => {
    await using connection = await connect(`memory:${randomUUID()}`)
    const bytes = z.instanceof(Uint8Array).transform(({ length }) => length)
    const consumer = await (await connection.createSession()).createConsumer(queue('orders', { schema: bytes }))
    await connection.send(queue('orders'), bytesMessage(serialised([0x74, 0, 1], 'x')))
    expect((await consumer.receive())?.body).toBe(8)
  })
})

describe('what is no schema', () => {
  const wrong = [{}, 'text', { '~standard': {} }, z.object] as unknown as BodySchema[]

  it.each(wrong)('is refused at once: %j', async (schema) => {
    expect(() => queue('orders', { schema })).toThrow(InvalidOptionError)
    expect(() => queue('orders', { schema })).toThrow(/schema of queue orders.*zod, valibot or arktype/)
    await using connection = await connect(`memory:${randomUUID()}`)
    const session = await connection.createSession()
    const failure = await session.createConsumer(queue('orders'), { schema }).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(InvalidOptionError)
    expect(failure).toMatchObject({ option: 'schema' })
  })
})
