import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { type EmbeddedBroker, embeddedBroker } from '../../../src/embedded-broker.ts'
import {
  type Connection,
  ConnectionError,
  type CredentialsFunction,
  connect,
  InvalidOptionError,
  queue,
} from '../../../src/index.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'

/** ms for which the credentials of these tests are valid. */
const VALID = 2_000

const numbers = queue<number>('numbers')
const connections: Connection[] = []
const brokers: EmbeddedBroker[] = []

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const broker of brokers.splice(0)) broker.close()
})

/** A connection to the first of two brokers. */
async function connectWith(credentials: CredentialsFunction): Promise<Connection> {
  const names = [randomUUID(), randomUUID()]
  brokers.push(...names.map((name) => embeddedBroker(name)))
  const failover = { initialReconnectDelay: 1 }
  const uris = names.map((name) => `memory:${name}`)
  const connection = await connect(uris, { credentials, failover, clientId: 'app' })
  connections.push(connection)
  return connection
}

function resumed(connection: Connection): Promise<string> {
  return soon(
    new Promise((resolve) => connection.once('resumed', ({ endpoint }) => resolve(endpoint))),
    'to be resumed',
  )
}

describe('credentials that expire', () => {
  it('are asked for again before that, and the connection goes on with the same broker', async () => {
    let asked = 0
    const connection = await connectWith(() => {
      asked += 1
      return asked === 1 ? { username: 'app', password: 'token', expiresAt: Date.now() + VALID } : { username: 'app' }
    })
    const { endpoint } = connection.peer
    const began = Date.now()
    const received: number[] = []
    await connection.consume(numbers, ({ body }) => received.push(body))
    const reason = new Promise<Error>((resolve) => connection.once('interrupted', resolve))
    const next = resumed(connection)
    await connection.send(numbers, 1)
    expect(await next).toBe(endpoint)
    expect(Date.now() - began).toBeLessThan(VALID)
    expect((await reason).message).toMatch(/expire soon/)
    await connection.send(numbers, 2)
    await expect.poll(() => received).toEqual([1, 2])
    expect(asked).toBe(2)
  })

  it('are asked for until there are new ones', async () => {
    let asked = 0
    const connection = await connectWith(async () => {
      asked += 1
      if (asked === 1) return { expiresAt: Date.now() + VALID }
      if (asked < 5) throw new Error('the store of secrets does not answer')
      return {}
    })
    const next = resumed(connection)
    await next
    expect(asked).toBe(5)
    await connection.send(numbers, 1)
  })

  it('are taken all the same when they have expired already', async () => {
    let asked = 0
    const connection = await connectWith(() => {
      asked += 1
      return { expiresAt: Date.now() - 1 }
    })
    await connection.send(numbers, 1)
    expect(asked).toBe(1)
  })
})

describe('a credentials function', () => {
  it('that fails is the cause of the error', async () => {
    const cause = new Error('no such secret')
    const error = (await failureOf(connectWith(() => Promise.reject(cause)))) as Error
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/the credentials function failed/)
    expect((error.cause as AggregateError).errors[0]).toMatchObject({ cause })
  })

  it('may give more than credentials, as a store of secrets does', async () => {
    const secret = JSON.parse('{"username":"app","password":"x","engine":"activemq"}') as { username: string }
    await (await connectWith(() => secret)).send(numbers, 1)
  })

  it('that gives something else is a wrong option', async () => {
    const error = (await failureOf(connectWith((() => ({ username: 7 })) as unknown as CredentialsFunction))) as Error
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error.message).toMatch(/credentials\.username is wrong: expected a string/)
    expect(await failureOf(connectWith((() => undefined) as unknown as CredentialsFunction))).toMatchObject({
      option: 'credentials',
    })
  })
})
