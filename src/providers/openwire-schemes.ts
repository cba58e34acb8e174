import type { ConnectOptions, ResolvedConnectOptions } from '../options/connect-options.ts'
import type { Endpoint } from '../options/target.ts'
import { part } from '../part.ts'
import { loadAmqpMessageReader } from './load-amqp-messages.ts'
import { URI_OPTIONS } from './openwire/uri-options.ts'
import type { RegisteredScheme } from './registry.ts'

const openwire = part('OpenWire', () => import('./openwire/index.ts'))

/** The schemes of OpenWire, as ActiveMQ's clients and brokers write them. */
export const OPENWIRE_SCHEMES: readonly (readonly [string, RegisteredScheme])[] = [
  ['tcp', scheme(false)],
  ['nio', scheme(false)],
  ['openwire', scheme(false)],
  ['ssl', scheme(true)],
  ['nio+ssl', scheme(true)],
  ['openwire+ssl', scheme(true)],
]

function scheme(encrypted: boolean): RegisteredScheme {
  return {
    encrypted,
    network: true,
    uriOptions: URI_OPTIONS,
    load: async () => openwire(({ createProvider }) => createProvider(loadAmqpMessageReader)),
  }
}

/** What is connected to, and how. */
interface Target {
  readonly groups: readonly (readonly Endpoint[])[]
  readonly options: ResolvedConnectOptions
}

/**
 * Takes options of `connect()` out of the URIs of ActiveMQ's Java client, which has them there. Those that the application gave
 * itself win.
 *
 * @param given - to `connect()`, checked by now
 * @throws InvalidOptionError for one that is wrong, or not the same in all URIs
 */
export async function withJavaOptions({ groups, options }: Target, given: ConnectOptions): Promise<Target> {
  const endpoints = groups.flat().filter(isOpenWire)
  if (endpoints.every(({ uri }) => uri.search === '')) return { groups, options }
  return openwire(({ withConnectOptions, withoutConnectOptions }) => ({
    options: withConnectOptions(endpoints, options, given),
    groups: groups.map((group) =>
      group.map((endpoint) => (isOpenWire(endpoint) ? withoutConnectOptions(endpoint) : endpoint)),
    ),
  }))
}

function isOpenWire({ scheme }: Endpoint): boolean {
  return OPENWIRE_SCHEMES.some(([name]) => name === scheme)
}
