import { ConnectionLostError, IllegalStateError } from '../../errors.ts'
import type { CreatedResource, Delivery, ProviderListener } from '../../provider/provider.ts'
import type {
  ConnectionInfo,
  ConsumerInfo,
  ProducerInfo,
  ResourceInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../../provider/resources.ts'
import type { PendingSend, Target } from './admission.ts'
import type { Broker } from './broker.ts'
import { openReceiver } from './open-receiver.ts'
import type { Receiver } from './store-consumer.ts'
import type { Transaction } from './transaction.ts'

/** A session as the broker knows it. */
export interface BrokerSession {
  readonly info: SessionInfo
  transaction: Transaction | undefined
}

/** A producer, with the place it last sent to so that the next send need not look it up. */
export interface BrokerProducer {
  readonly info: ProducerInfo
  target: Target | undefined
}

/** One connection to the broker and the resources that live and die with it. */
export class BrokerConnection {
  readonly broker: Broker
  readonly clientId: string | undefined
  /** Tells its messages from others' (noLocal) and its temporary destinations; survives a reconnection under a client id. */
  readonly key: string
  readonly pending: Set<PendingSend> = new Set()
  readonly #info: ConnectionInfo
  readonly #listener: ProviderListener
  readonly #sessions = new Map<string, BrokerSession>()
  readonly #producers = new Map<string, BrokerProducer>()
  readonly #receivers = new Map<string, Receiver>()
  readonly #temporaries = new Map<string, { kind: TemporaryDestinationInfo['kind']; name: string }>()
  #endedBy: Error | undefined

  constructor(broker: Broker, info: ConnectionInfo, listener: ProviderListener) {
    this.broker = broker
    this.#info = info
    this.#listener = listener
    this.clientId = info.clientId
    this.key = info.clientId === undefined ? `connection ${info.id}` : `client ${info.clientId}`
  }

  /** Why no call can succeed any more; undefined while the connection lives. */
  get ended(): Error | undefined {
    return this.#endedBy
  }

  create(resource: ResourceInfo): CreatedResource | Promise<CreatedResource> {
    switch (resource.resource) {
      case 'session':
        this.#sessions.set(resource.id, { info: resource, transaction: undefined })
        return {}
      case 'producer':
        this.#createProducer(resource)
        return {}
      case 'consumer':
        return this.#createReceiver(resource)
      case 'temporary-destination':
        return this.#createTemporary(resource)
    }
  }

  destroy(resource: ResourceInfo): void {
    this.broker.loop.atomically(() => {
      if (resource.resource === 'session') this.#destroySession(resource.id)
      else if (resource.resource === 'producer') this.#producers.delete(resource.id)
      else if (resource.resource === 'consumer') this.#destroyReceiver(resource.id)
      else this.#destroyTemporary(resource.id)
    })
  }

  session(info: SessionInfo): BrokerSession {
    const session = this.#sessions.get(info.id)
    if (session !== undefined) return session
    throw this.#endedBy ?? new IllegalStateError(`the session ${info.id} is closed; create another`)
  }

  /** The open transaction of a session. */
  transaction(info: SessionInfo): Transaction {
    const { transaction } = this.session(info)
    if (transaction !== undefined) return transaction
    throw new IllegalStateError(`the session ${info.id} has no open transaction; begin one first`)
  }

  producer(info: ProducerInfo): BrokerProducer | undefined {
    return this.#producers.get(info.id)
  }

  receiver(info: ConsumerInfo): Receiver | undefined {
    return this.#receivers.get(info.id)
  }

  /** Keeps what waits for room, so that it fails when the connection ends. */
  track(pending: PendingSend): Promise<void> {
    this.pending.add(pending)
    const forget = (): boolean => this.pending.delete(pending)
    pending.promise.then(forget, forget)
    return pending.promise
  }

  /** Hands over a delivery; a listener that throws breaks its contract, and must not stop the broker. */
  readonly hand = (consumerId: string, delivery: Delivery): void => {
    try {
      this.#listener.message(consumerId, delivery)
    } catch (error) {
      this.#info.logger.error?.('a message listener of the provider threw', { consumerId, error })
    }
  }

  /** Ends it and gives everything back; `error` is what later calls reject with. */
  end(error: Error): void {
    if (this.#endedBy !== undefined) return
    this.#endedBy = error
    this.broker.loop.atomically(() => {
      for (const id of [...this.#sessions.keys()]) this.#destroySession(id)
      for (const id of [...this.#receivers.keys()]) this.#destroyReceiver(id)
      for (const id of [...this.#temporaries.keys()]) this.#destroyTemporary(id)
      const lost = new ConnectionLostError(
        `the connection to ${this.broker.endpoint} ended while the message waited for room`,
      )
      for (const pending of this.pending) pending.fail(lost)
      this.broker.disconnected(this)
    })
  }

  reportLost(error: Error): void {
    try {
      this.#listener.connectionLost(error)
    } catch (cause) {
      this.#info.logger.error?.('a connection listener of the provider threw', { error: cause })
    }
  }

  #createProducer(info: ProducerInfo): void {
    this.session(info.session)
    const target = info.destination === undefined ? undefined : this.broker.target(info.destination)
    this.#producers.set(info.id, { info, target })
  }

  #createReceiver(info: ConsumerInfo): CreatedResource | Promise<CreatedResource> {
    return openReceiver(this, info, (open) => {
      this.session(info.session)
      if (this.#receivers.has(info.id))
        throw new IllegalStateError(`the consumer ${info.id} exists already; give each its own id`)
      this.#receivers.set(info.id, open())
      return {}
    })
  }

  #createTemporary(info: TemporaryDestinationInfo): CreatedResource {
    const name = this.broker.temporary.create(info, this.key)
    this.#temporaries.set(info.id, { kind: info.kind, name })
    return { name }
  }

  /** Its consumers first, so that what the rollback gives back does not go to them. */
  #destroySession(id: string): void {
    const session = this.#sessions.get(id)
    if (session === undefined) return
    for (const [receiverId, { info }] of this.#receivers) if (info.session.id === id) this.#destroyReceiver(receiverId)
    for (const [producerId, { info }] of this.#producers) if (info.session.id === id) this.#producers.delete(producerId)
    session.transaction?.undo()
    session.transaction = undefined
    this.#sessions.delete(id)
  }

  #destroyReceiver(id: string): void {
    const receiver = this.#receivers.get(id)
    if (receiver === undefined) return
    this.#receivers.delete(id)
    receiver.close()
  }

  #destroyTemporary(id: string): void {
    const temporary = this.#temporaries.get(id)
    if (temporary === undefined) return
    this.broker.temporary.delete(temporary.kind, temporary.name)
    this.#temporaries.delete(id)
  }
}
