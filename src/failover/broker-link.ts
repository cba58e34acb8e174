import {
  type BrokerAdvice,
  type Delivery,
  DONE,
  type PeerInfo,
  type Provider,
  type ProviderListener,
} from '../provider/provider.ts'
import type { Dial, Dialled } from './dial.ts'

/** A broker that was reached. */
export interface Connected<Endpoint> {
  readonly link: BrokerLink<Endpoint>
  readonly peer: PeerInfo
}

/**
 * One attempt to reach an endpoint.
 *
 * @throws what the broker said when it has ended the connection together with its handshake
 */
export async function openLink<Endpoint>(
  endpoint: Endpoint,
  dial: Dial<Endpoint>,
  signal: AbortSignal,
): Promise<Connected<Endpoint>> {
  const link = new BrokerLink(endpoint)
  const dialled = await dial(endpoint, link, signal)
  link.opened(dialled)
  if (link.loss !== undefined) throw link.loss
  return { link, peer: dialled.peer }
}

/** One broker that was reached: its provider, and what that reports, also before somebody listens. */
export class BrokerLink<Endpoint> implements ProviderListener {
  readonly endpoint: Endpoint
  #provider: Provider | undefined
  #listener: ProviderListener | undefined
  #loss: Error | undefined
  #since = 0
  #credentialsExpireAt: number | undefined
  #closed: Promise<void> | undefined
  #blocked: string | undefined
  #advice: BrokerAdvice | undefined
  readonly #closedResources: { readonly id: string; readonly error: Error }[] = []

  constructor(endpoint: Endpoint) {
    this.endpoint = endpoint
  }

  /** The provider is open. */
  opened({ provider, credentialsExpireAt }: Dialled): void {
    this.#provider = provider
    this.#credentialsExpireAt = credentialsExpireAt
    this.#since = performance.now()
  }

  /** Nobody gets a link before that is open. */
  get provider(): Provider {
    return this.#provider as Provider
  }

  /** When the credentials it was opened with stop being valid, ms since the epoch; undefined when they do not. */
  get credentialsExpireAt(): number | undefined {
    return this.#credentialsExpireAt
  }

  /** It has other credentials now, which stop being valid then. */
  renewed(credentialsExpireAt: number | undefined): void {
    this.#credentialsExpireAt = credentialsExpireAt
  }

  /** Why it was lost; undefined while it lives. */
  get loss(): Error | undefined {
    return this.#loss
  }

  /** ms since it was opened. */
  get age(): number {
    return performance.now() - this.#since
  }

  /** Hands on what is reported from now on, and what has been closed meanwhile. */
  attach(listener: ProviderListener): void {
    this.#listener = listener
    for (const { id, error } of this.#closedResources.splice(0)) listener.resourceClosed(id, error)
    if (this.#blocked !== undefined) listener.blocked?.(this.#blocked)
    if (this.#advice !== undefined) listener.advised?.(this.#advice)
    if (this.#loss !== undefined) listener.connectionLost(this.#loss)
  }

  /** Closes in order; nothing is handed on any more. Never rejects. */
  close(): Promise<void> {
    this.#listener = undefined
    this.#closed ??= this.#provider?.close() ?? DONE
    return this.#closed
  }

  message(consumerId: string, delivery: Delivery): void {
    this.#listener?.message(consumerId, delivery)
  }

  resourceClosed(resourceId: string, error: Error): void {
    if (this.#listener === undefined) this.#closedResources.push({ id: resourceId, error })
    else this.#listener.resourceClosed(resourceId, error)
  }

  resourceInterrupted(resourceId: string, error: Error): void {
    this.#listener?.resourceInterrupted?.(resourceId, error)
  }

  resourceResumed(resourceId: string): void {
    this.#listener?.resourceResumed?.(resourceId)
  }

  blocked(reason: string | undefined): void {
    this.#blocked = reason
    this.#listener?.blocked?.(reason)
  }

  advised(advice: BrokerAdvice): void {
    this.#advice = advice
    this.#listener?.advised?.(advice)
  }

  connectionLost(error: Error): void {
    this.#loss = error
    this.#listener?.connectionLost(error)
  }
}
