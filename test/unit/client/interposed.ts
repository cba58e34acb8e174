import { randomUUID } from 'node:crypto'
import { directConnection } from '../../../src/direct-connection.ts'
import { openLink } from '../../../src/failover/broker-link.ts'
import type { Connection, ConnectOptions } from '../../../src/index.ts'
import { parseConnectOptions } from '../../../src/options/connect-options.ts'
import type { Provider, ProviderListener } from '../../../src/provider/provider.ts'
import { createProvider } from '../../../src/providers/memory/index.ts'
import { connectionInfo } from '../memory/harness.ts'

export interface Interposed {
  readonly connection: Connection
  /** What the client hears of the broker: for events that the embedded one does not cause. */
  readonly listener: ProviderListener
}

/** A connection to an embedded broker of its own, some of whose verbs do something else. */
export async function interposed(
  verbs: (provider: Provider) => Partial<Provider>,
  options: ConnectOptions = {},
): Promise<Interposed> {
  const memory = createProvider()
  const own = verbs(memory)
  const provider = new Proxy(memory, {
    get: (_, name) => {
      const value: unknown = Reflect.get(own, name) ?? Reflect.get(memory, name, memory)
      return typeof value === 'function' ? value.bind(memory) : value
    },
  })
  let heard: ProviderListener | undefined
  const link = await openLink(
    'interposed',
    async (_, listener, signal) => {
      heard = listener
      const peer = await memory.open(connectionInfo({ broker: randomUUID() }), listener, signal)
      return { provider, peer, credentialsExpireAt: undefined }
    },
    new AbortController().signal,
  )
  const connection = directConnection('interposed', link, parseConnectOptions(options))
  return { connection, listener: heard as ProviderListener }
}
