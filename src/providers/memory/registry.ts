import { Broker } from './broker.ts'

/** The number counts changes to what copies of this module share. */
const REGISTRY = Symbol.for('polymq.memory.brokers.1')

type Registry = Map<string, Broker>

/** The broker of this name, made at its first use. */
export function brokerNamed(name: string): Broker {
  const known = brokers().get(name)
  if (known !== undefined) return known
  const broker = new Broker(name)
  brokers().set(name, broker)
  return broker
}

/** Without making it. */
export function findBroker(name: string): Broker | undefined {
  return brokers().get(name)
}

export function forgetBroker(broker: Broker): void {
  if (brokers().get(broker.name) === broker) brokers().delete(broker.name)
}

/** One for the process, also when both the ESM and the CommonJS build of the package are loaded. */
function brokers(): Registry {
  const shared = globalThis as { [REGISTRY]?: Registry }
  shared[REGISTRY] ??= new Map()
  return shared[REGISTRY]
}
