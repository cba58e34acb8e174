import type { SchemeInfo } from '../options/target.ts'
import { part } from '../part.ts'
import type { Provider } from '../provider/provider.ts'
import { URI_OPTIONS as AMQP_URI_OPTIONS } from './amqp10/uri-options.ts'
import { URI_OPTIONS as AMQP_091_URI_OPTIONS } from './amqp091/uri-options.ts'
import { loadAmqp, loadOtherAmqp } from './load-amqp.ts'
import { loadAmqpMessageReader } from './load-amqp-messages.ts'
import { loadMemory } from './load-memory.ts'
import { loadMqtt } from './load-mqtt.ts'
import { BROKER_OPTION_NAMES } from './memory/uri-options.ts'
import { URI_OPTIONS as MQTT_URI_OPTIONS } from './mqtt/uri-options.ts'
import { OPENWIRE_SCHEMES } from './openwire-schemes.ts'
import { URI_OPTIONS as STOMP_URI_OPTIONS } from './stomp/uri-options.ts'

/** A URI scheme, and the provider behind it. */
export interface RegisteredScheme extends SchemeInfo {
  /** Loads the provider's code when it is first used, and makes a provider that is not open yet. */
  load(uri: URL): Promise<Provider>
  /** The provider for the version of the protocol that the peer turned out to speak; undefined when that is not why opening failed. */
  loadOther?(uri: URL, failure: unknown): Promise<Provider> | undefined
}

const memory = { encrypted: false, network: false, uriOptions: new Set(BROKER_OPTION_NAMES), load: loadMemory }
const stompProvider = part('STOMP', () => import('./stomp/index.ts'))

/** Every scheme that `connect` understands. */
export const SCHEMES: ReadonlyMap<string, RegisteredScheme> = new Map<string, RegisteredScheme>([
  ['memory', memory],
  ['amqp', amqp(false)],
  ['amqps', amqp(true)],
  ['amqp+ssl', amqp(true)],
  ['amqp+ws', amqp(false)],
  ['amqp+wss', amqp(true)],
  ['mqtt', mqtt(false)],
  ['mqtts', mqtt(true)],
  ['mqtt+ssl', mqtt(true)],
  ['mqtt+ws', mqtt(false)],
  ['mqtt+wss', mqtt(true)],
  ['stomp', stomp(false)],
  ['stomps', stomp(true)],
  ['stomp+ssl', stomp(true)],
  ['stomp+ws', stomp(false)],
  ['stomp+wss', stomp(true)],
  ...OPENWIRE_SCHEMES,
])

function amqp(encrypted: boolean): RegisteredScheme {
  return {
    encrypted,
    network: true,
    uriOptions: new Set([...AMQP_URI_OPTIONS, ...AMQP_091_URI_OPTIONS]),
    load: loadAmqp,
    loadOther: loadOtherAmqp,
  }
}

function mqtt(encrypted: boolean): RegisteredScheme {
  return {
    encrypted,
    network: true,
    uriOptions: MQTT_URI_OPTIONS,
    load: loadMqtt,
  }
}

function stomp(encrypted: boolean): RegisteredScheme {
  return {
    encrypted,
    network: true,
    uriOptions: STOMP_URI_OPTIONS,
    load: async () => stompProvider(({ createProvider }) => createProvider(loadAmqpMessageReader)),
  }
}
