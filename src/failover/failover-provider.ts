import { AuthenticationError, ConnectionLostError, IllegalStateError, InvalidClientIdError } from '../errors.ts'
import type { MessageData } from '../message/message-data.ts'
import type { TemporaryCredentials } from '../options/credentials.ts'
import type { ResolvedFailoverOptions } from '../options/failover-options.ts'
import type { Logger } from '../options/logger.ts'
import type { Capabilities } from '../provider/capabilities.ts'
import {
  type BrokerAction,
  type CreatedResource,
  type Delivery,
  DONE,
  type Outcome,
  type OutcomeDetail,
  type PeerInfo,
  type Provider,
} from '../provider/provider.ts'
import type { ReconnectAttempt, ReconnectionListener } from '../provider/reconnection.ts'
import type { ConsumerInfo, ProducerInfo, ResourceInfo, SessionInfo } from '../provider/resources.ts'
import type { BrokerLink, Connected } from './broker-link.ts'
import type { Connector, NamedEndpoint } from './connector.ts'
import { CredentialsExpiry } from './credentials-expiry.ts'
import { perform } from './kept-actions.ts'
import { browserLost, calledOff, lostMeanwhile, notConnectedAgain, transactionLost } from './losses.ts'
import { PreferredEndpoint } from './preferred-endpoint.ts'
import { renewInPlace } from './renewal.ts'
import { type RefusedResource, ResourceRecords } from './resource-records.ts'
import { RetriedCalls } from './retried-calls.ts'
import type { ToldEndpoints } from './told-endpoints.ts'
import { UnconfirmedSends } from './unconfirmed-sends.ts'
import { Underway } from './underway.ts'

export interface FailoverSettings<Endpoint extends NamedEndpoint> {
  readonly connector: Connector<Endpoint>
  readonly options: ResolvedFailoverOptions
  readonly logger: Logger
  /** For the brokers that a broker tells of; without it they are left alone. */
  readonly told?: ToldEndpoints<Endpoint> | undefined
  /** Asks for the credentials of an endpoint. */
  readonly credentials?: (endpoint: Endpoint) => Promise<TemporaryCredentials>
  /** ms that a connection which is left for another one may take to confirm what it has. */
  readonly closeTimeout: number
}

/**
 * A provider that holds one provider at a time, and another one when that loses its broker. It keeps a record of each
 * resource and of each unconfirmed send, and makes the next broker have them before the application goes on.
 */
export class FailoverProvider<Endpoint extends NamedEndpoint> implements Provider {
  readonly #settings: FailoverSettings<Endpoint>
  readonly #records = new ResourceRecords()
  readonly #sends = new UnconfirmedSends()
  readonly #preferred: PreferredEndpoint<Endpoint>
  readonly #expiry: CredentialsExpiry<Endpoint>
  readonly #closing = new AbortController()
  /** Resources whose creation is under way, or waits for a broker; false once they are not wanted any more. */
  readonly #creating = new Map<string, boolean>()
  readonly #calls = new RetriedCalls(() => this.#link?.provider)
  readonly #commits = new Underway()
  #listener: ReconnectionListener | undefined
  /** The broker in use; undefined from its loss until the next one has everything. */
  #link: BrokerLink<Endpoint> | undefined
  #performs = false
  /** The broker that is about to have everything. */
  #candidate: BrokerLink<Endpoint> | undefined
  #capabilities: Capabilities | undefined
  /** The way to the next broker; never rejects. */
  #moving: Promise<void> = DONE
  /** Why it has ended. */
  #failure: Error | undefined

  constructor(settings: FailoverSettings<Endpoint>) {
    this.#settings = settings
    const { connector, options } = settings
    this.#preferred = new PreferredEndpoint(connector, options, (connected) => {
      this.#moving = this.#moveTo(
        connected,
        ({ name }) => `${connected.link.endpoint.name} is preferred to ${name}, and there again`,
      )
      return this.#moving
    })
    this.#expiry = new CredentialsExpiry((link) => void this.#renew(link))
  }

  get capabilities(): Capabilities {
    if (this.#capabilities === undefined) throw new IllegalStateError('the connection is not open yet')
    return this.#capabilities
  }

  /** It is opened by {@link connect}: each endpoint has a connection of its own. */
  open(): Promise<PeerInfo> {
    return Promise.reject(new IllegalStateError('a failover is opened by connect()'))
  }

  /** @throws what {@link Connector.connectFirst} throws */
  async connect(listener: ReconnectionListener, signal: AbortSignal): Promise<PeerInfo> {
    this.#listener = listener
    const { link, peer } = await this.#settings.connector.connectFirst(signal)
    this.#use(link)
    this.#goOn(link)
    return peer
  }

  // --- resources -------------------------------------------------------------------------------------------------

  async create(resource: ResourceInfo): Promise<CreatedResource> {
    if (this.#failure !== undefined) throw this.#failure
    // Nothing is to be learnt from the broker: it is made with the others, and a send can wait behind it.
    if (this.#link === undefined && (resource.resource === 'session' || resource.resource === 'producer')) {
      this.#records.add(resource, {})
      return {}
    }
    this.#creating.set(resource.id, true)
    try {
      return await this.#calls.retried(resource, (provider) => this.#create(resource, provider))
    } finally {
      this.#creating.delete(resource.id)
    }
  }

  async #create(resource: ResourceInfo, provider: Provider): Promise<CreatedResource> {
    this.#requireWanted(resource)
    const created = await provider.create(resource)
    if (provider !== this.#link?.provider) throw lostMeanwhile(`creating a ${resource.resource}`)
    if (this.#creating.get(resource.id) !== true) await provider.destroy(resource)
    this.#requireWanted(resource)
    this.#records.add(resource, created)
    return created
  }

  /** @throws AbortedError when the resource was destroyed before it was there */
  #requireWanted(resource: ResourceInfo): void {
    if (this.#creating.get(resource.id) !== true) throw calledOff(resource)
  }

  async destroy(resource: ResourceInfo): Promise<void> {
    if (this.#creating.has(resource.id)) this.#creating.set(resource.id, false)
    this.#calls.callOff(resource.id, calledOff(resource))
    this.#records.remove(resource.id)
    await this.#calls.unlessLost((provider) => provider.destroy(resource))
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#calls.retried(undefined, (provider) => provider.unsubscribe(name))
  }

  /** Missing where the broker in use, or the last one, has nothing to perform. */
  get perform(): ((action: BrokerAction) => Promise<unknown>) | undefined {
    return this.#performs ? (action) => this.#perform(action) : undefined
  }

  #perform(action: BrokerAction): Promise<unknown> {
    return this.#calls.retried(undefined, async (provider) => {
      const result = await perform(provider, action)
      if (provider !== this.#link?.provider) throw lostMeanwhile(action.action)
      this.#records.actions.add(action)
      return result
    })
  }

  // --- messages --------------------------------------------------------------------------------------------------

  send(producer: ProducerInfo, message: MessageData, transaction?: SessionInfo): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    return this.#sends.send(producer, message, transaction)
  }

  get backPressure(): string | undefined {
    return this.#link?.provider.backPressure
  }

  withdraw(send: Promise<void>, error: Error): boolean | undefined {
    return this.#sends.withdraw(send, error)
  }

  grant(consumer: ConsumerInfo, credit: number): void {
    this.#link?.provider.grant(consumer, credit)
  }

  /** Without a broker nothing comes any more, so that all that was to come has come. A browser has not seen all. */
  drain(consumer: ConsumerInfo, isLast?: boolean): Promise<void> {
    if (!consumer.browser) return this.#calls.unlessLost((provider) => provider.drain(consumer, isLast))
    const provider = this.#link?.provider
    return provider === undefined ? Promise.reject(browserLost()) : provider.drain(consumer)
  }

  /** What another broker delivered is stale: nothing is left to settle. */
  settle(
    consumer: ConsumerInfo,
    deliveries: readonly Delivery[],
    outcome: Outcome,
    transaction?: SessionInfo,
    detail?: OutcomeDetail,
  ): Promise<void> {
    const provider = this.#link?.provider
    if (provider === undefined) return DONE
    const settled = provider.settle(consumer, deliveries, outcome, transaction, detail)
    if (settled === DONE) return DONE
    return settled.catch((error) => {
      if (!this.#calls.isLoss(error, provider)) throw error
    })
  }

  // --- transactions ----------------------------------------------------------------------------------------------

  /** Without a broker, the next one begins it. */
  begin(session: SessionInfo): Promise<void> {
    this.#records.began(session)
    return this.#calls.unlessLost((provider) => provider.begin(session))
  }

  async commit(session: SessionInfo): Promise<void> {
    this.#records.ended(session)
    const provider = this.#link?.provider
    if (provider === undefined) throw transactionLost(undefined)
    try {
      await this.#commits.follow(provider.commit(session))
    } catch (error) {
      throw this.#calls.isLoss(error, provider) ? transactionLost(error) : error
    }
  }

  /** Without a broker, the transaction has gone with it. */
  rollback(session: SessionInfo): Promise<void> {
    this.#records.ended(session)
    return this.#calls.unlessLost((provider) => provider.rollback(session))
  }

  // --- from one broker to the next -------------------------------------------------------------------------------

  /** The broker reports to the application from now on. */
  #use(link: BrokerLink<Endpoint>): void {
    this.#link = link
    this.#capabilities = link.provider.capabilities
    this.#performs = link.provider.perform !== undefined
    link.attach({
      message: (consumerId, delivery) => this.#listener?.message(consumerId, delivery),
      resourceClosed: (id, error) => {
        this.#records.remove(id)
        this.#listener?.resourceClosed(id, error)
      },
      resourceInterrupted: (id, error) => this.#listener?.resourceInterrupted?.(id, error),
      resourceResumed: (id) => this.#listener?.resourceResumed?.(id),
      blocked: (reason) => this.#listener?.blocked?.(reason),
      advised: (advice) => {
        const next = link === this.#link ? this.#settings.told?.heed(advice, link.endpoint) : undefined
        if (next !== undefined) void this.#follow(next, link)
      },
      connectionLost: (error) => {
        if (link !== this.#link) return
        if (error instanceof InvalidClientIdError) {
          // Another connection has the id now. To take it back would have that one come back in turn.
          this.#end(error)
          this.#listener?.connectionLost(error)
          return
        }
        this.#leave(error)
        this.#moving = this.#reconnect(link, error)
      },
    })
  }

  /** Sends that wait, and new ones, go out; calls that wait are made. Nothing happens when it is lost already. */
  #goOn(link: BrokerLink<Endpoint>): void {
    if (link !== this.#link) return
    this.#sends.release(link.provider)
    this.#calls.release(link.provider)
    this.#preferred.watch(link.endpoint)
    this.#expiry.watch(link)
  }

  #leave(reason: Error): void {
    this.#link = undefined
    this.#preferred.stop()
    this.#expiry.stop()
    this.#sends.hold(reason, this.#settings.options.timeout)
    this.#listener?.interrupted(reason)
  }

  async #reconnect(lost: BrokerLink<Endpoint>, reason: Error): Promise<void> {
    if (this.#failure !== undefined) return
    const search = {
      lost: lost.endpoint,
      began: (attempt: ReconnectAttempt) => this.#listener?.reconnecting(attempt),
      take: (connected: Connected<Endpoint>) => this.#takeOver(connected),
    }
    try {
      await this.#settings.connector.reconnect(search, lost.age, this.#closing.signal)
    } catch (error) {
      if (this.#failure !== undefined) return
      const failure = error instanceof AuthenticationError ? error : notConnectedAgain(reason, error as Error)
      this.#end(failure)
      this.#listener?.connectionLost(failure)
    }
  }

  /**
   * Makes a broker have everything, and goes on there.
   *
   * @throws when it is not up to it, or the connection is closed meanwhile
   */
  async #takeOver({ link, peer }: Connected<Endpoint>): Promise<void> {
    this.#candidate = link
    try {
      await this.#records.recreate(link.provider, (refused) => {
        if (this.#failure !== undefined || link.loss !== undefined) throw this.#failure ?? link.loss
        this.#use(link)
        this.#tell(refused)
        this.#listener?.resumed(peer)
        this.#goOn(link)
      })
    } catch (error) {
      this.#settings.logger.warn?.(`${link.endpoint.name} could not take over`, { error })
      await link.close()
      throw this.#failure ?? error
    } finally {
      this.#candidate = undefined
    }
  }

  #tell(refused: readonly RefusedResource[]): void {
    for (const { id, error } of refused) {
      if (id === undefined) this.#listener?.report(error)
      else this.#listener?.resourceClosed(id, error)
    }
  }

  /** The broker in use asks to go on at another one. Where that cannot be reached, it is the better one. */
  async #follow(endpoint: Endpoint, present: BrokerLink<Endpoint>): Promise<void> {
    const { connector, logger } = this.#settings
    const next = await connector.dial(endpoint, this.#closing.signal).catch((error: unknown) => {
      logger.warn?.(`${present.endpoint.name} asks to go on at ${endpoint.name}, which cannot be connected to`, {
        error,
      })
    })
    if (next === undefined) return
    if (present !== this.#link) return next.link.close()
    this.#moving = this.#moveTo(next, ({ name }) => `${name} asks to go on at ${endpoint.name}`)
  }

  /** Another endpoint is better than the one in use. */
  async #moveTo(next: Connected<Endpoint>, why: (present: Endpoint) => string): Promise<void> {
    const present = this.#link
    if (present === undefined || !(await this.#quiet(present))) return next.link.close()
    if (next.link.loss !== undefined) {
      // It has gone again. The next look comes later, by the delays of this search.
      this.#sends.release(present.provider)
      this.#expiry.watch(present)
      return
    }
    const reason = new ConnectionLostError(why(present.endpoint))
    this.#leave(reason)
    await present.close()
    await this.#takeOver(next).catch(() => this.#reconnect(next.link, reason))
  }

  /** The credentials expire soon. */
  async #renew(present: BrokerLink<Endpoint>): Promise<void> {
    const outcome = await renewInPlace(present, this.#settings)
    if (present !== this.#link) return
    if (outcome === 'impossible') this.#moving = this.#connectAnew(present)
    else this.#expiry.watch(present)
  }

  /** The connection is made again with new credentials, to the same broker if that answers. */
  async #connectAnew(present: BrokerLink<Endpoint>): Promise<void> {
    this.#preferred.stop()
    if (!(await this.#quiet(present))) return
    const { connector } = this.#settings
    const { name } = present.endpoint
    const reason = new ConnectionLostError(`the credentials for ${name} expire soon; it is connected to with new ones`)
    this.#leave(reason)
    await present.close()
    this.#listener?.reconnecting({ attempt: 1, endpoint: name, delay: 0 })
    await connector
      .dial(present.endpoint, this.#closing.signal)
      .then((renewed) => this.#takeOver(renewed))
      .catch(() => this.#reconnect(present, reason))
  }

  /** What a broker has is answered first; false when the connection to it ends by itself meanwhile. */
  async #quiet(present: BrokerLink<Endpoint>): Promise<boolean> {
    this.#expiry.stop()
    const { closeTimeout } = this.#settings
    await Promise.all([this.#sends.quiesce(closeTimeout), this.#commits.answered(closeTimeout)])
    return present === this.#link
  }

  // --- the end ---------------------------------------------------------------------------------------------------

  async close(): Promise<void> {
    const [link, candidate] = [this.#link, this.#candidate]
    this.#end(new ConnectionLostError('the connection was closed'))
    // What waits for an answer of the broker that was about to take over waits no longer.
    await candidate?.close()
    await this.#moving
    await link?.close()
  }

  #end(error: Error): void {
    this.#failure ??= error
    this.#link = undefined
    this.#preferred.stop()
    this.#expiry.stop()
    this.#closing.abort(error)
    this.#sends.fail(error)
    this.#calls.fail(error)
  }
}
