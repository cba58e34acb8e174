import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { embeddedBroker } from '../../src/embedded-broker.ts'
import { type BrokerName, startBroker } from '../brokers/index.ts'
import type { Protocol } from '../failover/protocols.ts'
import type { Fault, FaultKind } from './fault-plan.ts'
import { FaultyProxy } from './faulty-proxy.ts'

/** What a run is made against. */
export interface Target {
  readonly name: string
  /** Endpoints of a connection, by its number. */
  endpoints(connection: number): readonly string[]
  /** ms between the heartbeats of connections; 0 where silence is no fault. */
  readonly heartbeat: number
  /** What can happen to it. */
  readonly kinds: readonly FaultKind[]
  /** Lets it happen; resolves when it is over and what it did to connections has been noticed. */
  inflict(fault: Fault): Promise<void>
  close(): Promise<void>
}

/** The broker in this process. */
export function embeddedTarget(): Target {
  const name = randomUUID()
  const broker = embeddedBroker(name)
  return {
    name: 'memory',
    endpoints: () => [`memory:${name}`],
    heartbeat: 0,
    kinds: ['drop'],
    inflict: async () => broker.dropConnections(),
    close: async () => broker.close(),
  }
}

/** A real broker, started for this. Two of the connections reach it through either of two faulty proxies. */
export async function brokerTarget(name: BrokerName, protocol: Protocol): Promise<Target> {
  const broker = await startBroker(name, { keep: false })
  const port = broker.port(protocol)
  const proxies = [await FaultyProxy.to(broker.host, port), await FaultyProxy.to(broker.host, port)]
  const direct = broker.uri(protocol)
  const proxied = proxies.map((proxy) => direct.replace(`:${port}`, `:${proxy.port}`))
  const heartbeat = 1_000

  const inflict = async (fault: Fault): Promise<void> => {
    switch (fault.kind) {
      case 'kill':
        await broker.writeTopology()
        await broker.kill()
        await sleep(fault.down)
        return broker.start()
      case 'restart':
        return broker.restart()
      case 'pause':
        await broker.pause()
        await sleep(fault.lasting)
        return broker.resume()
      case 'reset':
        for (const proxy of proxies) proxy.reset()
        return
      case 'half-open':
        // The broker learns of it afterwards: by itself it would keep the client id in use for 30 or 60 s.
        for (const proxy of proxies) proxy.fallSilent()
        break
      case 'delay':
        for (const proxy of proxies) proxy.delay = fault.delay
        break
      case 'throttle':
        for (const proxy of proxies) proxy.bytesPerSecond = fault.bytesPerSecond
        break
      case 'cut':
        for (const proxy of proxies) proxy.cutAfter = fault.bytes
        break
      case 'drop':
        return
    }
    await sleep(fault.lasting)
    for (const proxy of proxies) proxy.heal()
  }

  return {
    name: `${name}, ${protocol}`,
    endpoints: (connection) => (connection === 0 ? [direct] : proxied),
    heartbeat,
    kinds: ['kill', 'restart', 'pause', 'reset', 'half-open', 'delay', 'throttle', 'cut'],
    inflict,
    close: async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await broker.stop()
    },
  }
}
