import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, ConnectionError, connect } from '../../../src/index.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'
import { type Behaviour, ScriptedPeer } from './scripted-peer.ts'

let connection: Connection | undefined
const peers: ScriptedPeer[] = []

afterEach(async () => {
  await connection?.close()
  connection = undefined
  for (const peer of peers.splice(0)) peer.close()
})

/** Two brokers in one region, and the two that are their replicas in another one. */
async function twoRegions(...behaviours: readonly [Behaviour, Behaviour, Behaviour, Behaviour]) {
  const [a, b, c, d] = (await Promise.all(behaviours.map((behaviour) => ScriptedPeer.listen(behaviour)))) as [
    ScriptedPeer,
    ScriptedPeer,
    ScriptedPeer,
    ScriptedPeer,
  ]
  peers.push(a, b, c, d)
  const target = [
    [a.uri, b.uri],
    [c.uri, d.uri],
  ]
  return { a, b, c, d, target }
}

const options = { connectTimeout: 1_000, closeTimeout: 100, failover: { initialReconnectDelay: 1, jitter: 0 } }

/** Opens the connection, and notes what is tried after that. */
async function connectTo(target: readonly (readonly string[])[], failover = {}): Promise<string[]> {
  connection = await connect(target, { ...options, failover: { ...options.failover, ...failover } })
  const tried: string[] = []
  connection.on('reconnecting', ({ endpoint }) => tried.push(endpoint))
  return tried
}

function resumed(): Promise<string> {
  const event = new Promise<string>((resolve) => connection?.once('resumed', ({ endpoint }) => resolve(endpoint)))
  return soon(event, 'the next endpoint')
}

describe('groups of endpoints', () => {
  it('are connected to in their order: the second one when all of the first one have failed', async () => {
    const { a, b, c, d, target } = await twoRegions('closes', 'closes', 'opens', 'opens')
    await connectTo(target)
    expect(connection?.peer.endpoint).toBe(c.uri)
    expect([a, b, c, d].map(({ connections }) => connections)).toEqual([1, 1, 1, 0])
  })

  it('are tried in that order when the connection is lost, the lost endpoint after the others of its group', async () => {
    const { a, b, c, d, target } = await twoRegions('opens', 'closes', 'opens', 'opens')
    const tried = await connectTo(target)
    expect(connection?.peer.endpoint).toBe(a.uri)
    const next = resumed()
    a.close()
    expect(await next).toBe(c.uri)
    expect(tried).toEqual([b.uri, a.uri, c.uri])
    expect(d.connections).toBe(0)
  })

  it('leave the replicas alone while one endpoint of the first group answers', async () => {
    const { a, b, c, d, target } = await twoRegions('opens', 'opens', 'opens', 'opens')
    const tried = await connectTo(target)
    const next = resumed()
    a.cut()
    expect(await next).toBe(b.uri)
    expect(tried).toEqual([b.uri])
    expect([c, d].map(({ connections }) => connections)).toEqual([0, 0])
  })

  it('are all tried again in each round, the first group first', async () => {
    const { a, b, c, d, target } = await twoRegions('opens', 'closes', 'closes', 'closes')
    const tried = await connectTo(target)
    connection?.on('reconnecting', ({ attempt }) => {
      if (attempt === 7) d.behaviour = 'opens'
    })
    const next = resumed()
    a.behaviour = 'closes'
    a.cut()
    expect(await next).toBe(d.uri)
    expect(tried).toEqual([b.uri, a.uri, c.uri, d.uri, b.uri, a.uri, c.uri, d.uri])
  })

  it('are returned from with priorityBackup: the first group is preferred', async () => {
    const { a, b, c, target } = await twoRegions('opens', 'closes', 'opens', 'opens')
    await connectTo(target, { priorityBackup: true })
    a.behaviour = 'closes'
    const away = resumed()
    a.cut()
    expect(await away).toBe(c.uri)
    const back = resumed()
    b.behaviour = 'opens'
    expect(await back).toBe(b.uri)
    await expect.poll(() => c.open).toBe(0)
  })

  it('are all named when none of their endpoints answers', async () => {
    const { a, b, c, d, target } = await twoRegions('closes', 'closes', 'closes', 'closes')
    const error = (await failureOf(connect(target, options))) as Error
    expect(error).toBeInstanceOf(ConnectionError)
    for (const { uri } of [a, b, c, d]) expect(error.message).toContain(uri)
  })
})
