import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as connectSocket, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Connection, ConnectionLostError, connect, MessageTooLargeError, queue } from '../../src/index.ts'
import { connectAndUse, failureOf, uniqueName } from '../amqp10/support.ts'
import { TlsFront } from '../amqp10/tls-front.ts'
import { certificates } from '../brokers/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'

/** Why the connection was interrupted, each time. */
function interruptions(connection: Connection): string[] {
  const reasons: string[] = []
  connection.on('interrupted', ({ message }) => reasons.push(message))
  return reasons
}

/** Sends many messages at once, as fast as it goes, and consumes them meanwhile. */
async function burst(uri: string, count: number): Promise<{ received: unknown[]; interrupted: string[] }> {
  await using connection = await connect(uri)
  const interrupted = interruptions(connection)
  const orders = queue<string>(uniqueName('burst'))
  const received: unknown[] = []
  const all = new Promise<void>((resolve, reject) => {
    const listener = ({ body }: { readonly body: unknown }): void => {
      if (received.push(body) === count) resolve()
    }
    connection.consume(orders, listener).catch(reject)
  })
  await Promise.all(Array.from({ length: count }, (_, index) => connection.send(orders, String(index))))
  await all
  return { received, interrupted }
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, index) => String(index))

describe('STOMP over a WebSocket on RabbitMQ', () => {
  const injected = injectedBroker('rabbitmq')
  if (injected === undefined) return
  const broker = injected

  it('survives sends that are faster than the broker', async () => {
    expect(await burst(broker.uri('stomp-ws'), 5_000)).toEqual({ received: numbers(5_000), interrupted: [] })
  })

  it('survives them also where the path does not tell that it is RabbitMQ', async () => {
    const front = createServer((client) => {
      const inner = connectSocket(broker.port('stomp-ws'), '127.0.0.1')
      client.once('data', (head) => {
        inner.write(head.toString('latin1').replace('GET /messages ', 'GET /ws '), 'latin1')
        client.pipe(inner)
      })
      inner.pipe(client)
      client.on('error', () => inner.destroy())
      inner.on('error', () => client.destroy())
    })
    front.listen(0, '127.0.0.1')
    await once(front, 'listening')
    const { port } = front.address() as AddressInfo
    const uri = `stomp+ws://${broker.username}:${broker.password}@127.0.0.1:${port}/messages`
    expect(await burst(uri, 5_000)).toEqual({ received: numbers(5_000), interrupted: [] })
    front.close()
  })
})

describe('STOMP over a WebSocket on ActiveMQ Classic', () => {
  const injected = injectedBroker('activemq')
  if (injected === undefined) return
  const broker = injected

  it('works also where the path looks like that of RabbitMQ', async () => {
    const peer = await connectAndUse(`${broker.uri('stomp-ws')}/ws`)
    expect(peer.product).toBe('ActiveMQ')
  })

  it('refuses a message that is too large for the WebSocket, naming the limit, and loses no connection over it', async () => {
    await using connection = await connect(broker.uri('stomp-ws'))
    const interrupted = interruptions(connection)
    const orders = queue(uniqueName('large'))
    const largest = 'x'.repeat(65_000)
    const sends = [largest, 'x'.repeat(65_536), new Uint8Array(60_000), 'after'].map((body) =>
      connection.send(orders, body),
    )
    const [before, text, bytes, after] = await Promise.allSettled(sends)
    expect([before?.status, after?.status]).toEqual(['fulfilled', 'fulfilled'])
    for (const outcome of [text, bytes]) {
      const { reason } = outcome as PromiseRejectedResult
      expect(reason).toBeInstanceOf(MessageTooLargeError)
      expect(reason.message).toMatch(/sending to queue .* takes 65536; send less, .*stomp\.maxWebSocketMessageSize/)
    }
    const consumer = await (await connection.createSession()).createConsumer(orders)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe(largest)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('after')
    expect(interrupted).toEqual([])
  })

  it('gives a message up that the broker will not have, though the URI says that it takes it', async () => {
    await using connection = await connect(`${broker.uri('stomp-ws')}?stomp.maxWebSocketMessageSize=100000`)
    const orders = queue(uniqueName('larger'))
    const error = await failureOf(connection.send(orders, 'x'.repeat(80_000)))
    expect(error).toBeInstanceOf(ConnectionLostError)
    expect(error.message).toMatch(/lost each time the broker gets this message.*it may be too large/)
    await connection.send(orders, 'goes on')
  })
})

describe.each(injectedBrokers('stomp').map((broker) => [broker.name, broker] as const))(
  'ws:// and wss:// on %s',
  (name, broker) => {
    const { username, password } = broker
    const { pathname } = new URL(broker.uri('stomp-ws'))
    const tls = { ca: readFileSync(certificates.ca) }

    it('are STOMP as the address stands in a console, without any option', async () => {
      const peer = await connectAndUse(`ws://127.0.0.1:${broker.port('stomp-ws')}${pathname}`, { username, password })
      expect(peer).toMatchObject({ protocol: 'stomp', endpoint: `stomp+ws://127.0.0.1:${broker.port('stomp-ws')}` })
    })

    it('are STOMP also over TLS', async () => {
      const front = name === 'activemq' ? undefined : await TlsFront.before(broker.port('stomp-ws'))
      const port = front?.port ?? broker.port('stomp-wss')
      const peer = await connectAndUse(`wss://127.0.0.1:${port}${pathname}`, { username, password, tls })
      expect(peer).toMatchObject({ protocol: 'stomp', endpoint: `stomp+wss://127.0.0.1:${port}` })
      expect(peer.certificate?.daysLeft).toBeGreaterThan(0)
      front?.close()
    })

    it('say in an error which of them was refused', async () => {
      const uri = `ws://${username}:wrong@127.0.0.1:${broker.port('stomp-ws')}${pathname}`
      const { name, message } = await failureOf(connect(uri))
      expect(name).toBe('AuthenticationError')
      expect(message).toContain(`stomp+ws://127.0.0.1:${broker.port('stomp-ws')}`)
    })
  },
)

describe.each(['activemq', 'artemis'] as const)('ws:// on %s', (name) => {
  const injected = injectedBroker(name)
  if (injected === undefined) return
  const broker = injected

  it('is AMQP with ?protocol=amqp, also beside STOMP in one list', async () => {
    const { username, password } = broker
    const uri = `ws://127.0.0.1:${broker.port('amqp-ws')}?protocol=amqp`
    expect(await connectAndUse(`failover:(ws://127.0.0.1:1,${uri})`, { username, password })).toMatchObject({
      protocol: 'amqp10',
      endpoint: `amqp+ws://127.0.0.1:${broker.port('amqp-ws')}`,
    })
  })
})
