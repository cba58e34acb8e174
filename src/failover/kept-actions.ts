import { UnsupportedFeatureError } from '../errors.ts'
import type { BrokerAction, Provider } from '../provider/provider.ts'

/** What was done to objects that only one kind of broker has, to be done again on another broker, in the same order. */
export class KeptActions {
  readonly #actions = new Map<string, BrokerAction>()

  /** It is done. */
  add(action: BrokerAction): void {
    const { keptAs, ends } = action
    if (ends !== undefined) this.#end(ends)
    if (keptAs !== undefined) this.#actions.set(keptAs, action)
  }

  remove({ keptAs }: BrokerAction): void {
    if (keptAs !== undefined) this.#actions.delete(keptAs)
  }

  /** Those that are not among `done`. */
  missing(done: ReadonlySet<BrokerAction>): BrokerAction[] {
    return [...this.#actions.values()].filter((action) => !done.has(action))
  }

  #end(name: string): void {
    for (const [keptAs, { needs = [] }] of this.#actions) {
      if (keptAs === name || needs.includes(name)) this.#actions.delete(keptAs)
    }
  }
}

/** @throws UnsupportedFeatureError at a broker, or over a protocol, that knows no such action */
export async function perform(provider: Provider, action: BrokerAction): Promise<unknown> {
  if (provider.perform !== undefined) return provider.perform(action)
  throw new UnsupportedFeatureError({
    feature: action.action,
    protocol: 'another protocol',
    peer: 'the endpoint that the connection has moved to',
    alternative: 'give the connection endpoints of one kind only',
  })
}
