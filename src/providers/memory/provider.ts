import { AbortedError, IllegalStateError } from '../../errors.ts'
import type { MessageData } from '../../message/message-data.ts'
import { part } from '../../part.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import {
  type CreatedResource,
  type Delivery,
  DONE,
  type Outcome,
  type OutcomeDetail,
  type PeerInfo,
  type Provider,
  type ProviderListener,
} from '../../provider/provider.ts'
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../../provider/resources.ts'
import { MEMORY_CAPABILITIES } from './capabilities.ts'
import type { BrokerConnection } from './connection.ts'
import { brokerNamed } from './registry.ts'
import { sendMessage } from './sending.ts'
import { settleDeliveries } from './settling.ts'
import type { MemoryUri } from './uri.ts'

const transactions = part('transactions', () => import('./transacting.ts'))
const uris = part('options of the embedded broker', () => import('./uri.ts'))
/** A name that nothing has to be decoded in, without options. */
const PLAIN_URI = /^memory:[\w.~-]+$/

/**
 * A connection to an embedded broker. Every call takes effect before it returns, deliveries included; its promise is
 * only pending while a destination has no room, or while a part of the broker is loaded at its first use.
 *
 * Credentials, TLS and heartbeat mean nothing here and are ignored. An open connection does not keep the process alive,
 * for nothing can come from outside it; a delayed message does, while there is a connection.
 */
export class MemoryProvider implements Provider {
  readonly capabilities: Capabilities = MEMORY_CAPABILITIES
  #connection: BrokerConnection | undefined

  open(info: ConnectionInfo, listener: ProviderListener, signal: AbortSignal): Promise<PeerInfo> {
    return promised(() =>
      PLAIN_URI.test(info.uri.href)
        ? this.#openAs({ name: info.uri.pathname, options: {} }, info, listener, signal)
        : uris(({ parseMemoryUri }) => this.#openAs(parseMemoryUri(info.uri), info, listener, signal)),
    )
  }

  create(resource: ResourceInfo): Promise<CreatedResource> {
    return promised(() => this.#live().create(resource))
  }

  destroy(resource: ResourceInfo): Promise<void> {
    return promised(() => {
      // What the end of the connection has destroyed need not be destroyed again.
      if (this.#connection?.ended === undefined) this.#live().destroy(resource)
    })
  }

  send(producer: ProducerInfo, message: MessageData, transaction?: SessionInfo): Promise<void> {
    try {
      return sendMessage(this.#live(), producer, message, transaction)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#connection?.receiver(consumer)?.grant(credit)
  }

  drain(consumer: ConsumerInfo): Promise<void> {
    return this.#connection?.receiver(consumer)?.drain() ?? DONE
  }

  settle(
    _consumer: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    transaction?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void> {
    try {
      return settleDeliveries(this.#live(), deliveries, outcome, transaction, detail)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  begin(session: SessionInfo): Promise<void> {
    return promised(() => transactions(({ beginTransaction }) => beginTransaction(this.#live(), session)))
  }

  commit(session: SessionInfo): Promise<void> {
    return promised(() => transactions(({ commitTransaction }) => commitTransaction(this.#live(), session)))
  }

  rollback(session: SessionInfo): Promise<void> {
    return promised(() => transactions(({ rollbackTransaction }) => rollbackTransaction(this.#live(), session)))
  }

  unsubscribe(name: string): Promise<void> {
    return promised(() => {
      const { broker, clientId } = this.#live()
      broker.subscriptions.delete(name, clientId)
      broker.loop.run()
    })
  }

  close(): Promise<void> {
    this.#connection?.end(new IllegalStateError('the connection is closed; open another'))
    return DONE
  }

  #openAs(
    { name, options }: MemoryUri,
    info: ConnectionInfo,
    listener: ProviderListener,
    signal: AbortSignal,
  ): PeerInfo {
    if (this.#connection !== undefined)
      throw new IllegalStateError('this provider has been opened before; create another')
    if (signal.aborted) throw new AbortedError('connecting was aborted', { cause: signal.reason })
    const broker = brokerNamed(name)
    this.#connection = broker.connect(info, options, listener)
    return { protocol: 'memory', endpoint: broker.endpoint, product: 'polymq embedded broker' }
  }

  #live(): BrokerConnection {
    const connection = this.#connection
    if (connection === undefined) throw new IllegalStateError('the provider is not open; open it first')
    if (connection.ended !== undefined) throw connection.ended
    return connection
  }
}

/** The result of a call that takes effect at once, or its rejection. */
function promised<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
  }
}
