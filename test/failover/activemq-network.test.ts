import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, type ConnectOptions, connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type BrokerNetwork, startNetwork } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { interrupted } from './application.ts'
import { expectEachOnce } from './expectations.ts'
import { Load } from './load.ts'

const CLIENTS = 6
/** The brokers name one another in turn, whichever client it is that hears of it: a few may all be sent to the same one. */
const MOST_CLIENTS = 30

/** What brokers tell of is not on this machine's loopback. */
const options: ConnectOptions = { allowPlaintext: true, sendTimeout: 120_000, failover: { maxReconnectDelay: 500 } }

describe.skipIf(injectedBroker('activemq') === undefined)('a network of ActiveMQ Classic, over OpenWire', () => {
  let network: BrokerNetwork

  beforeAll(async () => {
    network = await startNetwork()
  }, 120_000)
  afterAll(() => network?.remove(), 60_000)

  it('spreads the clients of one broker over both, and loses none when one of them is killed', async () => {
    const [first, second] = network.brokers
    const { output } = await second.execute(['hostname', '-i'])
    const clients: Connection[] = []
    const atSecond = (): number => clients.filter(({ peer }) => peer.endpoint.includes(output.trim())).length
    for (let count = 0; count < CLIENTS; count += 1) clients.push(await connect(first.uri('openwire'), options))
    const isSpread = async (): Promise<boolean> => {
      if (atSecond() > 0 && atSecond() < clients.length) return true
      if (clients.length < MOST_CLIENTS) clients.push(await connect(first.uri('openwire'), options))
      return false
    }
    await expect.poll(isSpread, { timeout: 40_000, interval: 1_000 }).toBe(true)

    const orders = queue<string>(uniqueName('orders'))
    const received: string[] = []
    for (const client of clients) await client.consume(orders, ({ body }) => received.push(body))
    const interruption = Promise.race(clients.map(interrupted))
    await second.kill()
    await interruption
    await expect
      .poll(() => atSecond() === 0 && clients.every(({ state }) => state === 'connected'), { timeout: 20_000 })
      .toBe(true)
    const sent = clients.map((_, index) => `order ${index}`)
    for (const [index, client] of clients.entries()) await client.send(orders, sent[index] ?? '')
    await expect.poll(() => received.toSorted(), { timeout: 20_000 }).toEqual(sent.toSorted())
    for (const client of clients) await client.close()
    await second.start()
  }, 120_000)

  it('brings everything once to a consumer at one broker of what a producer sends at the other one', async () => {
    const [first, second] = network.brokers
    const stay: ConnectOptions = { ...options, failover: { reconnectSupported: false } }
    const load = await Load.begin(first.uri('openwire'), stay, stay, second.uri('openwire'))
    await load.confirms(400)
    await expectEachOnce(load)
    await load.close()
  }, 60_000)
})
