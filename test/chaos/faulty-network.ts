import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, FaultKind } from './fault-plan.ts'
import { FaultyProxy } from './faulty-proxy.ts'

/** What a network does. */
export const NETWORK_FAULTS: readonly FaultKind[] = ['reset', 'half-open', 'delay', 'throttle', 'cut']

/** A proxy before each of some endpoints, which all fail together. */
export class FaultyNetwork {
  /** The same endpoints, through the proxies. */
  readonly uris: readonly string[]
  readonly #proxies: readonly FaultyProxy[]

  static async before(uris: readonly string[]): Promise<FaultyNetwork> {
    return new FaultyNetwork(
      uris,
      await Promise.all(uris.map((uri) => FaultyProxy.to(new URL(uri).hostname, Number(new URL(uri).port)))),
    )
  }

  private constructor(uris: readonly string[], proxies: readonly FaultyProxy[]) {
    this.#proxies = proxies
    this.uris = uris.map((uri, index) => withPort(uri, proxies[index]?.port))
  }

  /** Lets it happen; resolves when it is over. What is no fault of a network is left out. */
  async inflict(fault: Fault): Promise<void> {
    switch (fault.kind) {
      case 'reset':
        for (const proxy of this.#proxies) proxy.reset()
        return
      case 'half-open':
        // The broker learns of it afterwards: by itself it would keep the client id in use for 30 or 60 s.
        for (const proxy of this.#proxies) proxy.fallSilent()
        break
      case 'delay':
        for (const proxy of this.#proxies) proxy.delay = fault.delay
        break
      case 'throttle':
        for (const proxy of this.#proxies) proxy.bytesPerSecond = fault.bytesPerSecond
        break
      case 'cut':
        for (const proxy of this.#proxies) proxy.cutAfter = fault.bytes
        break
      default:
        return
    }
    await sleep(fault.lasting)
    for (const proxy of this.#proxies) proxy.heal()
  }

  async close(): Promise<void> {
    await Promise.all(this.#proxies.map((proxy) => proxy.close()))
  }
}

/** Whatever follows the port stays: the options of the URI say which version of a protocol is spoken. */
function withPort(uri: string, port: number | undefined): string {
  const through = new URL(uri)
  through.port = String(port)
  return through.href
}
