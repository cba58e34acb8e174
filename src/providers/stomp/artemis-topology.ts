import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import { type Destination, describeDestination, isTemporary, isTopic } from '../../message/destination.ts'
import { part } from '../../part.ts'
import type { ConsumerInfo, SubscriptionInfo, TemporaryDestinationInfo } from '../../provider/resources.ts'
import { type ArtemisSources, addressOf, routingTypeOf } from './artemis-dialect.ts'
import type { ArtemisManagement } from './artemis-management.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import type { Topology } from './topology.ts'

const selectors = part('selectors', () => import('../../interop/artemis-selector.ts'))

/** The client id behind shared subscriptions of connections that have none. */
const EVERYBODY = 'polymq-shared'
/** ms for a connection that was opened for one queue. */
const CLOSE_TIMEOUT = 2_000
/** Properties are text over STOMP; with this before it a selector compares them with numbers all the same. */
const CONVERTING = 'convert_string_expressions:'

/** Artemis: frames make the queues and topics that they name, subscriptions with a name are queues `CLIENT.NAME`. */
export class ArtemisTopology implements Topology, ArtemisSources {
  readonly #connection: StompConnection
  readonly #clientId: string | undefined
  /** Undefined where the broker gives this user no answers: then mistakes cannot be told. */
  readonly #management: ArtemisManagement | undefined
  readonly #connectAs: (clientId: string) => Promise<StompConnection>
  /** Consumers of this connection on the queue of each subscription. */
  readonly #users = new Map<string, number>()
  /** Temporary queues of this connection. */
  readonly #temporaries = new Set<string>()
  /** Destinations that are being looked at, and undefined for those of the right kind. */
  readonly #looked = new Map<string, Promise<void> | undefined>()
  /** The selectors of consumers in the broker's own words, by the words that they came in. */
  readonly #selectors = new Map<string, string>()

  /** @param connectAs - opens another connection with the same settings and this client id */
  constructor(
    connection: StompConnection,
    clientId: string | undefined,
    management: ArtemisManagement | undefined,
    connectAs: (clientId: string) => Promise<StompConnection>,
  ) {
    this.#connection = connection
    this.#clientId = clientId
    this.#management = management
    this.#connectAs = connectAs
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
    if (subscription === undefined || !isTopic(destination)) return { headers: [] }
    if (this.#clientId !== undefined) return { headers: [['durable-subscription-name', escaped(subscription.name)]] }
    return { destination: `${addressOf(destination)}::${this.#queueOf(subscription.name)}`, headers: [] }
  }

  prepare(destination: Destination): Promise<void> | undefined {
    if (isTemporary(destination) || this.#management === undefined) return undefined
    const key = keyOf(destination)
    if (this.#looked.has(key)) return this.#looked.get(key)
    const looking = this.#requireKind(destination, this.#management).then(
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
    if (subscription !== undefined) await this.#prepareSubscription(consumer, subscription)
  }

  /** A queue goes when nobody has it and nothing is in it, so somebody has it who takes nothing. */
  async createTemporary({ kind, name }: TemporaryDestinationInfo): Promise<string> {
    const temporary = name ?? `polymq.temporary.${crypto.randomUUID()}`
    if (kind === 'temporary-queue') {
      this.#temporaries.add(temporary)
      await this.#subscribe(keeperOf(temporary), temporary, 'ANYCAST', [['selector', '1 = 0']])
    }
    return temporary
  }

  async deleteTemporary(name: string): Promise<void> {
    if (!this.#temporaries.delete(name)) return
    const management = this.#management
    if (management === undefined) return this.#drain(name)
    await this.#unkeep(name)
    await management.destroyQueue(name)
  }

  /** An answer that comes now would make a queue stay that nobody reads. */
  async close(timeout: number): Promise<void> {
    if (this.#temporaries.size === 0 || this.#management === undefined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const deleted = Promise.all([...this.#temporaries].map((name) => this.deleteTemporary(name)))
    await Promise.race([
      deleted.catch(() => {}),
      new Promise((resolve) => {
        timer = setTimeout(resolve, timeout)
      }),
    ])
    clearTimeout(timer)
  }

  async unsubscribe(name: string): Promise<void> {
    const queue = this.#queueOf(name)
    const facts = await this.#management?.queueFacts(queue)
    if (facts === null) {
      throw new InvalidDestinationError(
        `there is no durable subscription ${name} at ${this.#connection.endpoint}; check its name and the clientId`,
      )
    }
    if ((this.#users.get(queue) ?? 0) > 0 || (facts?.consumers ?? 0) > 0) throw inUse(name)
    await this.#delete(name)
  }

  lost(destination: Destination): void {
    this.#looked.delete(keyOf(destination))
  }

  closing({ subscription }: ConsumerInfo): HeaderList {
    if (subscription !== undefined) this.#count(this.#queueOf(subscription.name), -1)
    // With the name of a subscription UNSUBSCRIBE would delete it.
    return []
  }

  // --- temporary queues ------------------------------------------------------------------------------------------

  #unkeep(name: string): Promise<void> {
    return this.#connection.request('UNSUBSCRIBE', [['id', keeperOf(name)]], { action: 'deleting a temporary queue' })
  }

  /** Takes out what is left, up to a message that comes behind all others; the broker deletes the queue once it is empty. */
  async #drain(name: string): Promise<void> {
    const [drain, end] = [`${keeperOf(name)}-drain`, `${keeperOf(name)}-end`]
    const all: HeaderList = [
      ['ack', 'auto'],
      ['consumer-window-size', '-1'],
    ]
    await this.#subscribe(drain, name, 'ANYCAST', [...all, ['selector', `JMSType IS NULL OR JMSType <> '${end}'`]])
    await this.#subscribe(end, name, 'ANYCAST', [...all, ['selector', `JMSType = '${end}'`]])
    const subject = { action: 'deleting a temporary queue' }
    const last: HeaderList = [
      ['destination', name],
      ['type', end],
      ['priority', '0'],
    ]
    await Promise.all([this.#connection.nextMessage(end, subject), this.#connection.request('SEND', last, subject)])
    const ids = [drain, end]
    await Promise.all(ids.map((id) => this.#connection.request('UNSUBSCRIBE', [['id', id]], subject)))
    await this.#unkeep(name)
  }

  // --- destinations ----------------------------------------------------------------------------------------------

  /** One that is used the other way becomes both, and then its subscribers take turns. */
  async #requireKind(destination: Destination, management: ArtemisManagement): Promise<void> {
    const types = await management.routingTypesOf(addressOf(destination))
    if (types.length === 0 || types.includes(routingTypeOf(destination))) return
    const is = isTopic(destination) ? 'a queue' : 'a topic'
    throw new InvalidDestinationError(
      `${describeDestination(destination)} at ${this.#connection.endpoint} is ${is}; on Artemis the two cannot share a name, choose another`,
    )
  }

  async #subscribe(id: string, address: string, type: 'ANYCAST' | 'MULTICAST', headers: HeaderList): Promise<void> {
    await this.#connection.subscribe(id, [['destination', address], ['subscription-type', type], ...headers], {
      action: `consuming from ${address}`,
      name: address,
    })
  }

  // --- subscriptions with a name ---------------------------------------------------------------------------------

  #queueOf(name: string): string {
    return `${this.#clientId ?? EVERYBODY}.${escaped(name)}`
  }

  #count(queue: string, change: number): void {
    this.#users.set(queue, (this.#users.get(queue) ?? 0) + change)
  }

  async #prepareSubscription(consumer: ConsumerInfo, { name, shared, durable }: SubscriptionInfo): Promise<void> {
    if (!durable) {
      throw new IllegalStateError(`${this.#connection.endpoint} has no shared subscriptions that are not durable`)
    }
    const queue = this.#queueOf(name)
    if ((this.#users.get(queue) ?? 0) > 0 && !shared) throw inUse(name)
    this.#count(queue, 1)
    try {
      const isThere = await this.#renew(consumer, name)
      if (this.#clientId === undefined && !isThere) await this.#makeForEverybody(consumer, name)
    } catch (error) {
      this.#count(queue, -1)
      throw error
    }
  }

  /** Whether it is there. One of this name to another topic, or with another selector, is deleted (JMS 3.1 §8.3.3). */
  async #renew(consumer: ConsumerInfo, name: string): Promise<boolean> {
    const facts = await this.#management?.queueFacts(this.#queueOf(name))
    if (facts === null || facts === undefined) return false
    const { destination } = consumer
    if (facts.address === addressOf(destination) && facts.filter === (this.selectorOf(consumer) ?? '')) return true
    if (facts.consumers > 0) throw inUse(name)
    await this.#delete(name)
    return false
  }

  /** The name alone makes a queue that stays, and only with a client id. */
  async #makeForEverybody(consumer: ConsumerInfo, name: string): Promise<void> {
    const selector = this.selectorOf(consumer)
    const subject = {
      action: `subscribing to ${describeDestination(consumer.destination)}`,
      selector: consumer.selector,
    }
    await this.#asEverybody(async (connection) => {
      await connection.request(
        'SUBSCRIBE',
        [
          ['id', 'make'],
          ['destination', addressOf(consumer.destination)],
          ['subscription-type', 'MULTICAST'],
          ['ack', 'client-individual'],
          ['consumer-window-size', '1'],
          ['durable-subscription-name', escaped(name)],
          ...(selector === undefined ? [] : ([['selector', selector]] satisfies HeaderList)),
        ],
        subject,
      )
      await connection.request('UNSUBSCRIBE', [['id', 'make']], subject)
    })
  }

  #delete(name: string): Promise<void> {
    const remove = (connection: StompConnection): Promise<void> =>
      connection.request(
        'UNSUBSCRIBE',
        [
          ['id', `delete-${connection.nextReceipt()}`],
          ['durable-subscription-name', escaped(name)],
        ],
        { action: `deleting the durable subscription ${name}` },
      )
    return this.#clientId === undefined ? this.#asEverybody(remove) : remove(this.#connection)
  }

  async #asEverybody(action: (connection: StompConnection) => Promise<void>): Promise<void> {
    const connection = await this.#connectAs(EVERYBODY)
    connection.suspectedBy = () => 'SUBSCRIBE'
    try {
      await action(connection)
    } finally {
      await connection.close(CLOSE_TIMEOUT)
    }
  }
}

/** As JMS clients of Artemis write it, so that a client id and a name are never taken for others. */
function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('.', '\\.').replaceAll('::', ':\\:')
}

function keyOf({ kind, name }: Destination): string {
  return `${kind} ${name}`
}

function keeperOf(name: string): string {
  return `keeper-${name}`
}

function inUse(name: string): IllegalStateError {
  return new IllegalStateError(`the durable subscription ${name} has a consumer; close that one first`)
}
