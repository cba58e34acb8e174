import dns, { type LookupAddress, type LookupOptions } from 'node:dns'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Connection, ConnectTimeoutError, connect } from '../../../src/index.ts'
import { clockPasses, failureOf, soon } from '../../conformance/waiting.ts'
import { type Behaviour, ScriptedPeer } from './scripted-peer.ts'

const HOST = 'cluster.polymq.test'
const peers: ScriptedPeer[] = []
let connection: Connection | undefined

afterEach(async () => {
  await connection?.close()
  for (const peer of peers.splice(0)) peer.close()
  vi.restoreAllMocks()
})

/** Peers on addresses of their own, and one port. */
async function listen(...behaviours: readonly Behaviour[]): Promise<number> {
  let port = 0
  for (const [index, behaviour] of behaviours.entries()) {
    const peer = await ScriptedPeer.listen(behaviour, addressOf(index), port)
    peers.push(peer)
    port = peer.port
  }
  return port
}

/** What the DNS answers; gives how often it was asked. */
function resolveTo(addresses: () => readonly string[]): () => number {
  const answer = (host: string, _: LookupOptions, found: (error: null, list: LookupAddress[]) => void): void => {
    expect(host).toBe(HOST)
    found(
      null,
      addresses().map((address) => ({ address, family: 4 })),
    )
  }
  const lookup = vi.spyOn(dns, 'lookup').mockImplementation(answer as never)
  return () => lookup.mock.calls.length
}

type Found = (error: null, list: LookupAddress[]) => void

/** A DNS that is slow until it is told to answer: everything then, and at once from then on. */
class SlowDns {
  readonly #questions: Found[] = []
  asked = 0
  #isSlow = true

  constructor() {
    const ask = (_: string, __: LookupOptions, found: Found): void => {
      this.asked += 1
      this.#questions.push(found)
      if (!this.#isSlow) this.answer()
    }
    vi.spyOn(dns, 'lookup').mockImplementation(ask as never)
  }

  /** The latest question first, so that what was asked before is too late for all. */
  answer(): void {
    this.#isSlow = false
    for (const found of this.#questions.splice(0).reverse()) found(null, [{ address: addressOf(0), family: 4 }])
  }

  slowAgain(): void {
    this.#isSlow = true
  }
}

function addressOf(index: number): string {
  return `127.0.0.${index + 1}`
}

describe('a host name with several addresses', () => {
  const failover = { initialReconnectDelay: 1, startupMaxReconnectAttempts: 3 }
  const options = { connectTimeout: 1_000, closeTimeout: 100, allowPlaintext: true, failover }

  it.each<[Behaviour]>([['says nothing'], ['closes']])(
    'is connected to at the next one when one %s',
    async (behaviour) => {
      const port = await listen(behaviour, behaviour, 'opens')
      const asked = resolveTo(() => [0, 1, 2].map(addressOf))
      connection = await connect(`amqp://${HOST}:${port}`, options)
      expect(peers.map(({ connections }) => connections)).toEqual([1, 1, 1])
      expect(asked()).toBe(3)
    },
  )

  it('is connected to at the next one when one refuses, in the same attempt', async () => {
    const port = await listen('opens', 'opens')
    peers[0]?.close()
    resolveTo(() => [0, 1].map(addressOf))
    connection = await connect(`amqp://${HOST}:${port}`, { ...options, failover: false })
    expect(peers[1]?.connections).toBe(1)
  })

  it('is looked up again when the connection is lost', async () => {
    const port = await listen('opens', 'opens')
    let current = 0
    resolveTo(() => [addressOf(current)])
    connection = await connect(`amqp://${HOST}:${port}`, options)
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    current = 1
    peers[0]?.cut()
    await soon(resumed, 'the other address')
    expect(peers.map(({ connections }) => connections)).toEqual([1, 1])
  })
})

describe('a host name that is looked up slowly', () => {
  const failover = { initialReconnectDelay: 1, maxReconnectDelay: 1, startupMaxReconnectAttempts: -1 }
  const options = { connectTimeout: 200, closeTimeout: 100, allowPlaintext: true, failover }

  it('is connected to when the answer comes within connectTimeout', async () => {
    const port = await listen('opens')
    const lookup = new SlowDns()
    const connecting = connect(`amqp://${HOST}:${port}`, { ...options, connectTimeout: 10_000 })
    await expect.poll(() => lookup.asked).toBe(1)
    lookup.answer()
    connection = await soon(connecting, 'the connection')
    expect(peers[0]?.connections).toBe(1)
  })

  it('is an attempt that failed after connectTimeout', async () => {
    const port = await listen('opens')
    new SlowDns()
    const connecting = connect(`amqp://${HOST}:${port}`, { ...options, failover: false })
    expect(await soon(failureOf(connecting), 'the failure', 5_000)).toBeInstanceOf(ConnectTimeoutError)
  })

  it('is looked up again at the next attempt, and what is answered too late makes no connection', async () => {
    const port = await listen('opens')
    const lookup = new SlowDns()
    const connecting = connect(`amqp://${HOST}:${port}`, options)
    await expect.poll(() => lookup.asked).toBeGreaterThan(2)
    lookup.answer()
    connection = await soon(connecting, 'the connection')
    await clockPasses(Date.now() + 50)
    expect(peers[0]?.open).toBe(1)
  })

  it('is looked up for as long as it takes when the connection is lost', async () => {
    const port = await listen('opens')
    const lookup = new SlowDns()
    lookup.answer()
    connection = await connect(`amqp://${HOST}:${port}`, options)
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    const { asked } = lookup
    lookup.slowAgain()
    peers[0]?.cut()
    await expect.poll(() => lookup.asked).toBeGreaterThan(asked + 2)
    lookup.answer()
    await soon(resumed, 'the connection')
    await expect.poll(() => peers[0]?.open).toBe(1)
  })
})
