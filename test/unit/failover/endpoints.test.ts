import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  type Connection,
  type ConnectOptions,
  ConnectTimeoutError,
  connect,
  queue,
} from '../../../src/index.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'
import { type Behaviour, ScriptedPeer } from './scripted-peer.ts'

const options: ConnectOptions = {
  connectTimeout: 1_000,
  closeTimeout: 100,
  failover: { initialReconnectDelay: 10, jitter: 0 },
}

const peers: ScriptedPeer[] = []
const connections: Connection[] = []

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
  for (const peer of peers.splice(0)) peer.close()
})

async function listen(...behaviours: readonly Behaviour[]): Promise<ScriptedPeer[]> {
  const started = await Promise.all(behaviours.map((behaviour) => ScriptedPeer.listen(behaviour)))
  peers.push(...started)
  return started
}

async function connected(to: readonly ScriptedPeer[], more: ConnectOptions = {}): Promise<Connection> {
  const uris = to.map(({ uri }) => uri)
  const connection = await connect(uris, { ...options, ...more })
  connections.push(connection)
  return connection
}

/** Where the connection has gone on. */
function resumed(connection: Connection): Promise<string> {
  return soon(new Promise((resolve) => connection.once('resumed', ({ endpoint }) => resolve(endpoint))), 'the next one')
}

describe('a connection whose broker is lost', () => {
  it.each<[Behaviour]>([
    ['says nothing'],
    ['closes'],
    ['refuses the login'],
    ['is forced to close'],
    ['is out of resources'],
    ['answers with a TLS alert'],
  ])('passes an endpoint over that %s', async (behaviour) => {
    const [first, bad, good] = (await listen('opens', behaviour, 'opens')) as [ScriptedPeer, ScriptedPeer, ScriptedPeer]
    const connection = await connected([first, bad, good])
    const next = resumed(connection)
    first.close()
    expect(await next).toBe(good.uri)
    expect(bad.connections).toBe(1)
  })

  it('waits longer each time when it is forced to close right after it was opened', async () => {
    const [peer] = (await listen('opens')) as [ScriptedPeer]
    const connection = await connected([peer])
    const delays: number[] = []
    connection.on('reconnecting', ({ delay }) => delays.push(delay))
    for (let times = 0; times < 6; times += 1) {
      const next = resumed(connection)
      peer.force()
      await next
    }
    expect(delays).toEqual([0, 10, 20, 40, 80, 160])
    expect(peer.connections).toBe(7)
  })

  it.each<[Behaviour, RegExp]>([
    ['is forced to close', /amqp:connection:forced/],
    ['is out of resources', /amqp:resource-limit-exceeded/],
    ['answers with a TLS alert', /TLS/],
  ])('waits longer each time while its broker %s, and tells the logger why', async (behaviour, reason) => {
    const [peer] = (await listen('opens')) as [ScriptedPeer]
    const reasons: string[] = []
    const debug = (_: string, details: { readonly error?: unknown } = {}): void => {
      if (details.error instanceof Error) reasons.push(details.error.message)
    }
    const connection = await connected([peer], { logger: { debug } })
    const delays: number[] = []
    connection.on('reconnecting', ({ delay }) => {
      delays.push(delay)
      if (delays.length === 6) peer.behaviour = 'opens'
    })
    peer.behaviour = behaviour
    const next = resumed(connection)
    peer.cut()
    await next
    expect(delays).toEqual([0, 10, 20, 40, 80, 160])
    expect(peer.connections).toBe(7)
    expect(reasons).toHaveLength(5)
    for (const text of reasons) expect(text).toMatch(reason)
  })

  it('ends when every endpoint refuses the login, and answers every call', async () => {
    const [first, second] = (await listen('opens', 'opens')) as [ScriptedPeer, ScriptedPeer]
    const connection = await connected([first, second])
    const closed = new Promise<Error | undefined>((resolve) => connection.on('closed', resolve))
    first.behaviour = 'refuses the login'
    second.behaviour = 'refuses the login'
    let calls: Promise<unknown>[] = []
    connection.once('interrupted', () => {
      const consumer = connection.createSession().then((session) => session.createConsumer(queue('orders')))
      calls = [consumer, connection.send(queue('orders'), 'never')].map(failureOf)
    })
    first.cut()
    expect(await soon(closed, 'the end')).toBeInstanceOf(AuthenticationError)
    expect(await soon(Promise.all(calls), 'the answers')).toEqual([expect.any(Error), expect.any(Error)])
    expect(connection.state).toBe('closed')
    expect([first.connections, second.connections]).toEqual([2, 1])
  })

  it('tries again while one endpoint does not refuse the login', async () => {
    const [first, second] = (await listen('opens', 'refuses the login')) as [ScriptedPeer, ScriptedPeer]
    const connection = await connected([first, second])
    first.behaviour = 'closes'
    connection.on('reconnecting', ({ attempt }) => {
      if (attempt === 4) first.behaviour = 'opens'
    })
    const next = resumed(connection)
    first.cut()
    expect(await next).toBe(first.uri)
    expect(second.connections).toBe(2)
  })
})

describe('a first connection', () => {
  it('takes the endpoint that answers', async () => {
    const [silent, standby, active] = (await listen('says nothing', 'closes', 'opens')) as [
      ScriptedPeer,
      ScriptedPeer,
      ScriptedPeer,
    ]
    const connection = await connected([silent, standby, active])
    expect(connection.peer.endpoint).toBe(active.uri)
  })

  it('is looked for as often as a failover: URI says, also when failover is false', async () => {
    const [peer] = (await listen('closes')) as [ScriptedPeer]
    const target = `failover:(${peer.uri})?startupMaxReconnectAttempts=2&initialReconnectDelay=1`
    expect(await failureOf(connect(target, { ...options, failover: false }))).toBeInstanceOf(Error)
    expect(peer.connections).toBe(3)
  })

  it('fails within connectTimeout when the one endpoint says nothing', async () => {
    expect(await failureOf(connected(await listen('says nothing')))).toBeInstanceOf(ConnectTimeoutError)
  })
})
