import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { type ConnectOptions, connect, queue } from '../../../src/index.ts'
import { printed, printedWithGetters } from './printed.ts'

const options: ConnectOptions = {
  username: 'shop',
  password: 'the-password',
  tls: { key: 'the-key', passphrase: 'the-passphrase', cert: 'a certificate' },
}
const secrets = /the-password|the-key|the-passphrase/

describe('what is printed of a connection to the embedded broker', () => {
  const cases: readonly (readonly [string, (name: string) => string, ConnectOptions])[] = [
    ['without failover', (name) => `memory:${name}`, options],
    ['with failover', (name) => `failover:(memory:${name})`, options],
    [
      'whose credentials come from a function',
      (name) => `failover:(memory:${name})`,
      { credentials: () => ({ username: 'shop', password: 'the-password' }) },
    ],
  ]

  it.each(cases)('%s holds no secret', async (_, uriOf, given) => {
    await using connection = await connect(uriOf(randomUUID()), given)
    const session = await connection.createSession()
    const producer = await session.createProducer(queue('orders'))
    const consumer = await session.createConsumer(queue('orders'))
    await producer.send('one')
    const message = await consumer.receive()
    const objects = {
      connection,
      session,
      producer,
      consumer,
      message,
      temporary: await session.createTemporaryQueue(),
    }
    for (const [name, value] of Object.entries(objects)) expect(printed(value), name).not.toMatch(secrets)
    expect(printedWithGetters(connection)).not.toMatch(secrets)
    expect(printed(connection)).toContain('ClientConnection')
  })
})
