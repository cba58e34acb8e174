import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { type Connection, connect, InvalidDestinationError, InvalidOptionError, queue } from '../../src/index.ts'

// Types would tell; these come from JavaScript, or from a configuration.
// biome-ignore lint/suspicious/noExplicitAny: it is what the types forbid
const untyped = (value: unknown): any => value

const calls: readonly (readonly [string, (connection: Connection) => Promise<unknown>])[] = [
  ['acknowledgeMod', (connection) => connection.createSession(untyped({ acknowledgeMod: 'client' }))],
  ['timeout', (connection) => connection.send(queue('orders'), 'x', untyped({ timeout: 5 }))],
  ['timout', async (connection) => (await consumerOf(connection)).receive(untyped({ timout: 5 }))],
  ['concurency', async (connection) => (await consumerOf(connection)).listen(() => {}, untyped({ concurency: 2 }))],
  [
    'concurrency',
    async (connection) =>
      (await connection.createSession()).createConsumer(queue('orders'), untyped({ concurrency: 2 })),
  ],
  ['prefetc', (connection) => connection.consume(queue('orders'), () => {}, untyped({ prefetc: 2 }))],
]

it.each(calls)('the option %s is refused where it means nothing', async (option, call) => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const failure = await call(connection).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(InvalidOptionError)
  expect(failure).toMatchObject({ option })
})

it('connection.consume() takes the options of consumers and of listeners', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  await connection.consume(queue('orders'), () => {}, { prefetch: 2, concurrency: 2, selector: 'a = 1' })
})

it.each([{ name: 'orders' }, { name: 'orders', kind: 'queu' }, 'orders', null])(
  'what is no destination cannot be sent to: %j',
  async (destination) => {
    await using connection = await connect(`memory:${randomUUID()}`)
    await expect(connection.send(untyped(destination), 'x')).rejects.toBeInstanceOf(InvalidDestinationError)
  },
)

async function consumerOf(connection: Connection) {
  return (await connection.createSession()).createConsumer(queue('orders'))
}
