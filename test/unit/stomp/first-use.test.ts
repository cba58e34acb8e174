import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type Connection, ConnectionError, type ConnectOptions, type Session } from '../../../src/index.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { failureOf } from '../failure-of.ts'
import { broker, CLASSIC, RABBITMQ } from './bench.ts'
import { type Client, type Script, type ScriptedBroker, subscriptionTo } from './scripted-broker.ts'

const ARTEMIS = 'ActiveMQ-Artemis/2.44.0'
const PROVIDER = '../../../src/providers/stomp'

let polymq: typeof import('../../../src/index.ts')
/** What `import()` of a part fails with; undefined while the page is online. */
let offline: Error | undefined
/** Parts that were loaded, by their files. */
let loads: string[]

function loadable(file: string): void {
  vi.doMock(file, async (original) => {
    loads.push(file)
    if (offline !== undefined) throw offline
    return original()
  })
}

beforeEach(async () => {
  vi.resetModules()
  offline = undefined
  loads = []
  const parts = ['open-transactions', 'activemq-temporaries', 'artemis-temporaries', 'artemis-subscriptions']
  for (const name of [...parts, 'rabbitmq-exclusive-queues', 'rabbitmq-subscriptions', 'xstream-map']) {
    loadable(`${PROVIDER}/${name}.ts`)
  }
  // Copies of the modules in which no part has been loaded.
  polymq = await import('../../../src/index.ts')
})

async function connected(to: ScriptedBroker, options: ConnectOptions = {}): Promise<Connection> {
  return polymq.connect(to.uri, { failover: false, closeTimeout: 200, heartbeat: 0, ...options })
}

/** Answers of a broker that has everything, and nothing yet. */
const willing: Script = (frame, peer) => {
  const { command, headers } = frame
  if (command !== 'SEND') return false
  peer.receipt(frame)
  const destination = headers.get('destination') ?? ''
  if (destination === 'activemq.management') answer(frame, peer)
  if (destination.startsWith('/temp-queue/')) {
    const subscription = `temporary-${destination.slice('/temp-queue/'.length)}`
    peer.say('MESSAGE', { subscription, destination, 'message-id': 'ID:one-1:1:1:1' })
  }
  return true
}

function answer({ headers }: Frame, peer: Client): void {
  const results: Readonly<Record<string, string>> = { version: '2.44.0', listQueues: '{"data":[]}' }
  const asked = headers.get('_AMQ_Attribute') ?? headers.get('_AMQ_OperationName') ?? ''
  peer.say(
    'MESSAGE',
    {
      subscription: 'polymq-management',
      destination: headers.get('reply-to') ?? '',
      'correlation-id': headers.get('correlation-id') ?? '',
      _AMQ_OperationSucceeded: 'true',
    },
    JSON.stringify([results[asked] ?? '[]']),
  )
}

describe('what STOMP loads at its first use', () => {
  const subscribe = (session: Session) => session.createSharedDurableConsumer(polymq.topic('prices'), 'desk')
  const makeQueue = (session: Session) => session.createTemporaryQueue()
  const transact = (_: Session, connection: Connection) => connection.createSession({ transacted: true })

  it.each<[string, string, string, (session: Session, connection: Connection) => Promise<unknown>]>([
    ['a transaction', CLASSIC, 'open-transactions', transact],
    ['a temporary queue of ActiveMQ', CLASSIC, 'activemq-temporaries', makeQueue],
    ['a temporary queue of Artemis', ARTEMIS, 'artemis-temporaries', makeQueue],
    ['a subscription of Artemis', ARTEMIS, 'artemis-subscriptions', subscribe],
    ['a temporary queue of RabbitMQ', RABBITMQ, 'rabbitmq-exclusive-queues', makeQueue],
    ['a subscription of RabbitMQ', RABBITMQ, 'rabbitmq-subscriptions', subscribe],
  ])('for %s is an error while the page is offline, and works as soon as it is not', async (_, product, file, use) => {
    const connection = await connected(await broker(product, willing))
    const session = await connection.createSession()
    expect(loads).toEqual([])
    offline = new TypeError('Failed to fetch dynamically imported module')
    const error = await failureOf(use(session, connection))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(
      /^the code for .+ could not be loaded; serve every file of the build .* load the page again$/,
    )
    offline = undefined
    await Promise.all([use(session, connection), connection.send(polymq.queue('orders'), 'meanwhile')])
    await use(session, connection)
    expect(loads).toEqual(Array(2).fill(`${PROVIDER}/${file}.ts`))
    await connection.close()
  })

  it('for two at once is loaded once, and both have it', async () => {
    const one = await broker(CLASSIC, willing)
    const connection = await connected(one)
    const session = await connection.createSession()
    const [first, second] = await Promise.all([session.createTemporaryQueue(), session.createTemporaryQueue()])
    expect([first.name, second.name]).toEqual(['ID:one-1:1', 'ID:one-1:2'])
    expect(loads).toHaveLength(1)
    await connection.close()
  })

  it('for a message changes nothing in the order of messages', async () => {
    const one = await broker(CLASSIC, willing)
    const connection = await connected(one)
    const bodies: unknown[] = []
    const all = new Promise<void>((resolve) => {
      void connection.consume(polymq.queue('orders'), ({ body }) => {
        if (bodies.push(body) === 3) resolve()
      })
    })
    const subscription = (await subscriptionTo(one, '/queue/orders')).headers.get('id') ?? ''
    const say = (id: string, body: string, more = {}): void =>
      one.client.say(
        'MESSAGE',
        { subscription, ack: id, 'message-id': id, destination: '/queue/orders', ...more },
        body,
      )
    say('1', '{"map":{"entry":{"string":["a","b"]}}}', { transformation: 'jms-map-json' })
    say('2', 'text')
    say('3', '{"map":""}', { transformation: 'jms-map-json' })
    await all
    expect(bodies).toEqual([{ a: 'b' }, 'text', {}])
    await connection.close()
  })

  it('for a message ends its consumer when the page is offline, and the message stays with the broker', async () => {
    const one = await broker(CLASSIC, willing)
    const connection = await connected(one)
    const session = await connection.createSession()
    const consumer = await session.createConsumer(polymq.queue('orders'))
    const received = failureOf(consumer.receive())
    const subscription = (await subscriptionTo(one, '/queue/orders')).headers.get('id') ?? ''
    offline = new TypeError('Failed to fetch dynamically imported module')
    const headers = { subscription, ack: '1', 'message-id': '1', destination: '/queue/orders' }
    one.client.say('MESSAGE', { ...headers, transformation: 'jms-map-json' }, '{"map":""}')
    expect(await received).toBeInstanceOf(ConnectionError)
    await one.frame(({ command }) => command === 'UNSUBSCRIBE')
    expect(one.commands).not.toContain('ACK')
    await connection.close()
  })
})
