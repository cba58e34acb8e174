import { InvalidDestinationError } from '../../errors.ts'
import { type Destination, describeDestination, isTemporary, isTopic } from '../../message/destination.ts'
import { part } from '../../part.ts'
import type { ConsumerInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import { type ArtemisSources, addressOf, routingTypeOf } from './artemis-dialect.ts'
import type { ArtemisSubscriptions, SubscriptionsContext } from './artemis-subscriptions.ts'
import type { ArtemisTemporaries } from './artemis-temporaries.ts'
import type { HeaderList } from './dialect.ts'
import type { Topology } from './topology.ts'

const selectors = part('selectors', () => import('../../interop/artemis-selector.ts'))
const subscriptions = part('subscriptions with a name', () => import('./artemis-subscriptions.ts'))
const temporaries = part('temporary queues', () => import('./artemis-temporaries.ts'))

/** Properties are text over STOMP; with this before it a selector compares them with numbers all the same. */
const CONVERTING = 'convert_string_expressions:'

/** Artemis: frames make the queues and topics that they name. */
export class ArtemisTopology implements Topology, ArtemisSources {
  /** Without management, mistakes cannot be told. */
  readonly #context: SubscriptionsContext
  #subscriptions: ArtemisSubscriptions | undefined
  #temporaries: ArtemisTemporaries | undefined
  /** Destinations that are being looked at, and undefined for those of the right kind. */
  readonly #looked = new Map<string, Promise<void> | undefined>()
  /** The selectors of consumers in the broker's own words, by the words that they came in. */
  readonly #selectors = new Map<string, string>()

  constructor(context: SubscriptionsContext) {
    this.#context = context
  }

  selectorOf({ selector, noLocal }: ConsumerInfo): string | undefined {
    if (selector === undefined) return undefined
    const own = this.#selectors.get(selector) ?? selector
    // The broker puts it in parentheses then, with more behind.
    return noLocal ? own : CONVERTING + own
  }

  subscriptionOf({ destination, subscription }: ConsumerInfo): {
    readonly destination?: string
    readonly headers: HeaderList
  } {
    const named = subscription && isTopic(destination) ? this.#subscriptions : undefined
    return named && subscription ? named.sourceOf(subscription.name, addressOf(destination)) : { headers: [] }
  }

  prepare(destination: Destination): Promise<void> | undefined {
    if (isTemporary(destination) || this.#context.management === undefined) return undefined
    const key = keyOf(destination)
    if (this.#looked.has(key)) return this.#looked.get(key)
    const looking = this.#requireKind(destination).then(
      () => void this.#looked.set(key, undefined),
      (error) => {
        this.#looked.delete(key)
        throw error
      },
    )
    this.#looked.set(key, looking)
    return looking
  }

  async prepareConsumer(consumer: ConsumerInfo): Promise<void> {
    const { destination, subscription, selector } = consumer
    if (selector !== undefined) {
      this.#selectors.set(selector, await selectors(({ artemisSelector }) => artemisSelector(selector)))
    }
    await this.prepare(destination)
    if (subscription === undefined) return
    const source = { address: addressOf(destination), selector: this.selectorOf(consumer) }
    await this.#withSubscriptions((named) => named.prepare(consumer, subscription, source))
  }

  async createTemporary({ kind, name }: TemporaryDestinationInfo): Promise<string> {
    const temporary = name ?? `polymq.temporary.${crypto.randomUUID()}`
    if (kind === 'temporary-queue') {
      await temporaries(({ ArtemisTemporaries }) => {
        this.#temporaries ??= new ArtemisTemporaries(this.#context.connection, this.#context.management)
        return this.#temporaries.create(temporary)
      })
    }
    return temporary
  }

  deleteTemporary(name: string): Promise<void> | undefined {
    return this.#temporaries?.delete(name)
  }

  async close(timeout: number): Promise<void> {
    await this.#temporaries?.close(timeout)
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#withSubscriptions((named) => named.unsubscribe(name))
  }

  lost(destination: Destination): void {
    this.#looked.delete(keyOf(destination))
  }

  closing({ subscription }: ConsumerInfo): void {
    if (subscription !== undefined) this.#subscriptions?.closing(subscription.name)
  }

  async #withSubscriptions(action: (named: ArtemisSubscriptions) => Promise<void>): Promise<void> {
    await subscriptions(({ ArtemisSubscriptions }) => {
      this.#subscriptions ??= new ArtemisSubscriptions(this.#context)
      return action(this.#subscriptions)
    })
  }

  /** One that is used the other way becomes both, and then its subscribers take turns. */
  async #requireKind(destination: Destination): Promise<void> {
    const { connection, management } = this.#context
    const types = (await management?.routingTypesOf(addressOf(destination))) ?? []
    if (types.length === 0 || types.includes(routingTypeOf(destination))) return
    const is = isTopic(destination) ? 'a queue' : 'a topic'
    throw new InvalidDestinationError(
      `${describeDestination(destination)} at ${connection.endpoint} is ${is}; on Artemis the two cannot share a name, choose another`,
    )
  }
}

function keyOf({ kind, name }: Destination): string {
  return `${kind} ${name}`
}
