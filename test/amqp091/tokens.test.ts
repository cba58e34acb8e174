import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AuthenticationError, type Connection, connect, queue, type TemporaryCredentials } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { waitForBroker } from '../brokers/broker.ts'
import type { Broker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { startBrokerIn } from '../brokers/start.ts'
import { soon } from '../conformance/waiting.ts'
import { resumed } from '../failover/application.ts'

/** ms for which a token of these tests is valid. */
const VALID = 5_000

const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
const otherKeys = generateKeyPairSync('rsa', { modulusLength: 2048 })

const SETTINGS = `
auth_backends.1 = rabbit_auth_backend_oauth2
auth_backends.2 = internal
auth_oauth2.resource_server_id = rabbitmq
auth_oauth2.default_key = tests
auth_oauth2.signing_keys.tests = /etc/rabbitmq/tests.pem
auth_oauth2.algorithms.1 = RS256
`

/** A token that lets its owner do everything, as an authorization server would make it. */
function token(expiresAt: number, key: KeyObject = keys.privateKey): string {
  const scope = ['read', 'write', 'configure'].map((right) => `rabbitmq.${right}:*/*`)
  // RabbitMQ counts in seconds.
  const claims = { sub: 'app', aud: 'rabbitmq', scope, exp: Math.ceil(expiresAt / 1_000) }
  const parts = [{ alg: 'RS256', typ: 'JWT', kid: 'tests' }, claims]
  const text = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), key).toString('base64url')}`
}

describe.skipIf(injectedBroker('rabbitmq') === undefined)('a RabbitMQ that takes OAuth 2 tokens', () => {
  let broker: Broker

  beforeAll(async () => {
    const plugins = readFileSync('test/brokers/rabbitmq/enabled_plugins', 'utf8')
    const publicKey = keys.publicKey.export({ type: 'spki', format: 'pem' })
    broker = await startBrokerIn(
      {
        files: [
          { target: '/etc/rabbitmq/enabled_plugins', content: plugins.replace('[', '[rabbitmq_auth_backend_oauth2,') },
          { target: '/etc/rabbitmq/conf.d/50-tokens.conf', content: SETTINGS },
          { target: '/etc/rabbitmq/tests.pem', content: String(publicKey) },
        ],
      },
      'rabbitmq',
    )
    await waitForBroker(broker.address)
  }, 120_000)
  afterAll(() => broker?.stop())

  function interruptionsOf(connection: Connection): Error[] {
    const interruptions: Error[] = []
    connection.on('interrupted', (error) => interruptions.push(error))
    return interruptions
  }

  it('gets a new one before the former expires, over the connection that is there', async () => {
    const validUntil: number[] = []
    const credentials = (): TemporaryCredentials => {
      const expiresAt = Date.now() + VALID
      validUntil.push(expiresAt)
      return { password: token(expiresAt), expiresAt }
    }
    await using connection = await connect(broker.uri('amqp091', null), { credentials })
    const interruptions = interruptionsOf(connection)
    const name = uniqueName('tokens')
    const received: unknown[] = []
    await connection.consume(queue(name), ({ body }) => received.push(body))
    await connection.send(queue(name), 'with the first token')
    // The third one is asked for when the first has been of no use for a while.
    await expect.poll(() => validUntil.length, { timeout: 4 * VALID }).toBe(3)
    expect(Date.now()).toBeGreaterThan(validUntil[0] as number)
    // Also what takes new permissions goes on.
    await connection.send(queue(uniqueName('tokens.new')), 'x')
    await connection.send(queue(name), 'with the third')
    await expect.poll(() => received).toEqual(['with the first token', 'with the third'])
    expect(interruptions).toEqual([])
  }, 60_000)

  it('ends the connection over one that it does not take, and that goes on with another', async () => {
    let asked = 0
    const credentials = (): TemporaryCredentials => {
      asked += 1
      if (asked === 1) {
        const expiresAt = Date.now() + VALID
        return { username: 'app', password: token(expiresAt), expiresAt }
      }
      const key = asked === 2 ? otherKeys.privateKey : keys.privateKey
      return { username: 'app', password: token(Date.now() + 60_000, key) }
    }
    await using connection = await connect(broker.uri('amqp091', null), { credentials })
    const interruptions = interruptionsOf(connection)
    await soon(resumed(connection), 'the next connection', 30_000)
    expect(asked).toBe(3)
    expect(interruptions.map(({ message }) => message)).toEqual([expect.stringMatching(/refused/)])
    await connection.send(queue(uniqueName('tokens')), 'x')
  }, 60_000)

  it('goes on with the former one while there is no new one, which is asked for again', async () => {
    let asked = 0
    const credentials = (): TemporaryCredentials => {
      asked += 1
      if (asked === 2) throw new Error('the authorization server does not answer')
      const expiresAt = Date.now() + (asked === 1 ? 2 * VALID : 60_000)
      return { username: 'app', password: token(expiresAt), expiresAt }
    }
    await using connection = await connect(broker.uri('amqp091', null), { credentials })
    const interruptions = interruptionsOf(connection)
    await expect.poll(() => asked, { timeout: 3 * VALID }).toBe(3)
    await connection.send(queue(uniqueName('tokens')), 'x')
    expect(interruptions).toEqual([])
  }, 60_000)

  it('gets another user over another connection', async () => {
    const users = [
      { username: 'polymq', password: broker.password },
      { username: 'app', password: token(Date.now() + 60_000) },
    ]
    let asked = 0
    const credentials = (): TemporaryCredentials => {
      asked += 1
      return asked === 1 ? { ...users[0], expiresAt: Date.now() + 1_000 } : { ...users[1] }
    }
    await using connection = await connect(broker.uri('amqp091', null), { credentials })
    await soon(resumed(connection), 'the next connection', 30_000)
    await connection.send(queue(uniqueName('tokens')), 'x')
  }, 60_000)

  it('refuses one that has expired, without showing it', async () => {
    const expired = token(Date.now() - 60_000)
    const error = await failureOf(connect(broker.uri('amqp091', null), { credentials: { password: expired } }))
    expect(error).toBeInstanceOf(AuthenticationError)
    expect(error.message).toMatch(/refused the token; check it, and that the broker takes tokens/)
    expect(error.message).not.toContain(expired)
  })
})
