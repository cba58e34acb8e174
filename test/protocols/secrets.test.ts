import { createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { type Connection, type ConnectOptions, connect, queue } from '../../src/index.ts'
import { ca, failureOf, uniqueName } from '../amqp10/support.ts'
import { certificates } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { FaultyProxy } from '../chaos/faulty-proxy.ts'
import { soon } from '../conformance/waiting.ts'
import { injectedPairings } from '../failover/protocols.ts'
import { printed, printedWithGetters } from '../unit/client/printed.ts'

const PASSPHRASE = 'opens-the-key'
const key = createPrivateKey(readFileSync(certificates.client.key))
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: PASSPHRASE })
  .toString()
const tls = { ca, cert: readFileSync(certificates.client.certificate, 'utf8'), key, passphrase: PASSPHRASE }
const keyLine = key.split('\n')[1] ?? ''

describe.each(injectedPairings())('what is printed of a connection to $name over $protocol', ({ name, protocol }) => {
  const broker = injectedBroker(name)
  if (broker === undefined) return
  const { host, username, password } = broker
  const scheme = protocol === 'openwire' ? 'openwire+ssl' : protocol === 'stomp' ? 'stomps' : 'amqps'
  const query = protocol === 'amqp091' ? '?amqp.version=0-9-1' : ''
  const port = broker.port(scheme === 'openwire+ssl' ? 'openwire-ssl' : scheme)
  const at = (place: string, login = ''): string => `${scheme}://${login}${place}${query}`
  const java = `?jms.userName=${username}&jms.password=${password}`
  const cases: readonly (readonly [string, (place: string) => string, ConnectOptions])[] = [
    ['with failover', at, { username, password, tls }],
    ['without failover', at, { username, password, tls, failover: false }],
    ['with its credentials in the URI', (place) => at(place, `${username}:${password}@`), { tls, failover: false }],
    ['with its credentials from a function', at, { credentials: () => ({ username, password }), tls }],
    ...(protocol === 'openwire'
      ? [['with the options of a Java client', (place: string) => `failover:(${at(place)})${java}`, { tls }] as const]
      : []),
  ]

  it.each(cases)('%s holds no secret, nor do its events, errors and log', async (_, uriOf, options) => {
    const proxy = await FaultyProxy.to(host, port)
    const told: unknown[] = []
    const tell = (...what: unknown[]): void => void told.push(...what)
    const logger = { debug: tell, info: tell, warn: tell, error: tell }
    await using connection = await connect(uriOf(`localhost:${proxy.port}`), { ...options, logger })
    for (const event of ['error', 'interrupted', 'reconnecting', 'resumed', 'closed'] as const)
      connection.on(event, tell)
    expectNoSecret(connection, password)
    for (const [what, value] of Object.entries(await resourcesOf(connection))) expectNoSecret(value, password, what)

    const ended = new Promise((resolve) => connection.once('resumed', resolve).once('closed', resolve))
    proxy.reset()
    await soon(ended, 'the end of the connection, or another one')
    expectNoSecret(connection, password)
    expect(told.length).toBeGreaterThan(0)
    for (const what of told) expectNoSecret(what, password, 'what was told')
    await connection.close()
    await proxy.close()
  })

  it('holds no secret in what its getters give', async () => {
    await using connection = await connect(`${scheme}://localhost:${port}${query}`, {
      username,
      password,
      tls,
      failover: false,
    })
    expect(secretsIn(printedWithGetters(connection), password)).toEqual([])
  })

  it('that was refused holds no secret', async () => {
    const refused = { username, password: 'not-the-password' }
    const error = await failureOf(
      connect(`${scheme}://localhost:${port}${query}`, { ...refused, tls, failover: false }),
    )
    expectNoSecret(error, refused.password)
    const unread = await failureOf(
      connect(`${scheme}://localhost:${port}${query}`, { tls: { ...tls, passphrase: 'wrong-one' } }),
    )
    expectNoSecret(unread, 'wrong-one')
  })
})

/** One of everything that a connection makes. */
async function resourcesOf(connection: Connection): Promise<Readonly<Record<string, unknown>>> {
  const session = await connection.createSession()
  const orders = queue(uniqueName('printed'))
  const consumer = await session.createConsumer(orders)
  const producer = await session.createProducer(orders)
  await producer.send('one')
  const message = await consumer.receive({ timeout: 10_000 })
  const canBrowse = connection.capabilities.queueBrowser !== 'unsupported'
  const browser = canBrowse ? await session.createBrowser(orders) : undefined
  return { session, consumer, producer, message, browser, temporary: await session.createTemporaryQueue() }
}

function expectNoSecret(value: unknown, password: string, what = 'the connection'): void {
  expect(secretsIn(printed(value), password), what).toEqual([])
}

function secretsIn(text: string, password: string): readonly string[] {
  return [password, PASSPHRASE, keyLine].filter((secret) => text.includes(secret))
}
