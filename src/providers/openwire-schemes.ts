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
