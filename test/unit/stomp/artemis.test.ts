import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  type Connection,
  type ConnectOptions,
  ConnectTimeoutError,
  connect,
  InvalidDestinationError,
  queue,
  topic,
} from '../../../src/index.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { failureOf } from '../failure-of.ts'
import { type Client, type Script, ScriptedBroker } from './scripted-broker.ts'

const ARTEMIS = 'ActiveMQ-Artemis/2.44.0'
/** A refusal as Artemis words it, without a receipt-id. */
const REFUSAL = { message: 'AMQ229032: User: me does not have permission=CONSUME on address bills; not authorized' }

const opened: (ScriptedBroker | Connection)[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** @param kinds - what there is already: the routing types of addresses */
async function broker(script: Script = () => false, kinds: Readonly<Record<string, string>> = {}) {
  const one = await ScriptedBroker.listen(ARTEMIS, (frame, peer) => script(frame, peer) || answered(frame, peer, kinds))
  opened.push(one)
  return one
}

const isQuestion = ({ command, headers }: Frame): boolean =>
  command === 'SEND' && headers.get('destination') === 'activemq.management'

/** As the broker's management answers. */
function answered(frame: Frame, peer: Client, kinds: Readonly<Record<string, string>>): boolean {
  if (!isQuestion(frame)) return false
  peer.receipt(frame)
  const [kind, name = ''] = (frame.headers.get('_AMQ_ResourceName') ?? '').split('.')
  const result = kind === 'broker' ? '2.44.0' : kinds[name] && JSON.stringify([kinds[name]])
  const headers = {
    subscription: 'polymq-management',
    'message-id': '1',
    destination: frame.headers.get('reply-to') ?? '',
    'correlation-id': frame.headers.get('correlation-id') ?? 'null',
    _AMQ_OperationSucceeded: String(result !== undefined),
  }
  peer.say('MESSAGE', headers, JSON.stringify([result ?? 'no such resource']))
  return true
}

async function client(to: ScriptedBroker, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(to.uri, { failover: false, closeTimeout: 200, heartbeat: 0, ...options })
  opened.push(connection)
  return connection
}

const isTo = (command: string, name: string) => (frame: Frame) =>
  frame.command === command && frame.headers.get('destination') === name

describe('an error of Artemis without a receipt', () => {
  it('is that of the consumer that waits, and not of a send before it', async () => {
    const one = await broker((frame) => isTo('SEND', 'orders')(frame) || isTo('SUBSCRIBE', 'bills')(frame))
    const connection = await client(one)
    const sent = connection.send(queue('orders'), 'innocent')
    const send = await one.frame(isTo('SEND', 'orders'))
    const consumed = failureOf(connection.consume(queue('bills'), () => {}))
    await one.frame(isTo('SUBSCRIBE', 'bills'))
    one.client.say('ERROR', REFUSAL)
    one.client.receipt(send)
    await sent
    expect(await consumed).toBeInstanceOf(AuthorizationError)
    expect((await consumed).message).toMatch(/^consuming from queue bills on /)
  })

  it('is nothing to a consumer when it is about an acknowledgement', async () => {
    const warnings: string[] = []
    const one = await broker(isTo('SUBSCRIBE', 'bills'))
    const connection = await client(one, { prefetch: 1, logger: { warn: (text) => warnings.push(text) } })
    const consumed = connection.consume(queue('bills'), () => {})
    const subscribe = await one.frame(isTo('SUBSCRIBE', 'bills'))
    one.client.say('ERROR', { message: 'AMQ339018: failed to ack because no message with id: 7' })
    one.client.receipt(subscribe)
    await consumed
    expect(warnings.join()).toContain('AMQ339018')
  })

  it('ends the other subscriptions of the same consumer', async () => {
    let count = 0
    const one = await broker((frame, peer) => {
      if (!isTo('SUBSCRIBE', 'bills')(frame)) return false
      count += 1
      if (count === 1) peer.say('ERROR', REFUSAL)
      return count === 1
    })
    const connection = await client(one, { prefetch: 3 })
    const session = await connection.createSession()
    expect(await failureOf(session.createConsumer(queue('bills')))).toBeInstanceOf(AuthorizationError)
    const [, ...others] = one.frames.filter(isTo('SUBSCRIBE', 'bills')).map(({ headers }) => headers.get('id'))
    expect(others).toHaveLength(2)
    for (const id of others)
      await one.frame(({ command, headers }) => command === 'UNSUBSCRIBE' && headers.get('id') === id)
  })
})

describe('questions to an Artemis', () => {
  it('are not answered by what was the answer to the one before, and comes once more', async () => {
    const kinds = { bills: 'ANYCAST', news: 'MULTICAST' }
    let before: Frame | undefined
    const one = await broker((frame, peer) => {
      if (before !== undefined && isQuestion(frame)) answered(before, peer, kinds)
      if (isQuestion(frame)) before = frame
      return answered(frame, peer, kinds)
    })
    const connection = await client(one)
    await connection.send(queue('bills'), 'a bill')
    await connection.send(topic('news'), 'some news')
    expect(await failureOf(connection.send(topic('bills'), 'lost'))).toBeInstanceOf(InvalidDestinationError)
  })
})

describe('connecting to an Artemis', () => {
  it('that answers no question ends in time, and the next attempt asks again', async () => {
    let isSilent = true
    const one = await broker((frame) => isSilent && isQuestion(frame))
    const error = await failureOf(client(one, { connectTimeout: 300, requestTimeout: 60_000 }))
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    await one.client.gone
    isSilent = false
    await client(one)
    expect(one.frames.filter(isQuestion)).toHaveLength(2)
  })

  it('that ends the connection over the question goes on with another one, which is cut when nobody waits for it', async () => {
    const one = await broker((frame, peer) => {
      if (frame.command === 'SUBSCRIBE' && frame.headers.get('id') === 'polymq-client-id') return true
      if (!isQuestion(frame)) return false
      peer.say('ERROR', { message: 'AMQ229032: not authorized', 'receipt-id': frame.headers.get('receipt') ?? '' })
      peer.cut()
      return true
    })
    const attempt = { clientId: 'me', connectTimeout: 500, requestTimeout: 60_000 }
    expect(await failureOf(client(one, attempt))).toBeInstanceOf(ConnectTimeoutError)
    expect(one.clients).toHaveLength(2)
    await one.client.gone
  })
})

describe('a connection to an Artemis that closes', () => {
  it('ends each of its subscriptions first, since the broker takes back what they hold after it has answered DISCONNECT', async () => {
    const one = await broker()
    const connection = await client(one)
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    for (const name of ['orders', 'bills']) await session.createConsumer(queue(name), { prefetch: 2 })
    await connection.close()
    const isEnd = ({ command }: Frame): boolean => command === 'UNSUBSCRIBE' || command === 'DISCONNECT'
    const of = (command: string, headers: ReadonlyMap<string, string>) => `${command} ${headers.get('id') ?? ''}`
    const ids = one.frames
      .filter(({ command, headers }) => command === 'SUBSCRIBE' && headers.get('ack') === 'client-individual')
      .map(({ headers }) => of('UNSUBSCRIBE', headers))
    expect(ids).toHaveLength(4)
    expect(one.frames.filter(isEnd).map(({ command, headers }) => of(command, headers))).toEqual([
      ...ids,
      'DISCONNECT ',
    ])
  })
})

describe('sends to an Artemis', () => {
  it('keep their order while it is asked what their destination is', async () => {
    const one = await broker()
    const connection = await client(one)
    const bodies = ['1', '2', '3', '4']
    await Promise.all(bodies.map((body) => connection.send(queue('orders'), body)))
    const decoder = new TextDecoder()
    const sends = one.frames.filter(isTo('SEND', 'orders'))
    expect(sends.map(({ body }) => decoder.decode(body))).toEqual(bodies)
    expect(sends.map(({ headers }) => headers.get('destination-type'))).toEqual(Array(4).fill('ANYCAST'))
  })

  it('make no topic of a queue, also when sent together', async () => {
    const one = await broker(() => false, { same: 'ANYCAST' })
    const connection = await client(one)
    const sent = connection.send(queue('same'), 'work')
    const refused = failureOf(connection.send(topic('same'), 'news'))
    await sent
    expect(await refused).toBeInstanceOf(InvalidDestinationError)
    expect(one.frames.filter(isTo('SEND', 'same'))).toHaveLength(1)
  })
})
