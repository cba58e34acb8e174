import { ConnectionLostError } from '../errors.ts'
import { DONE, type Provider } from '../provider/provider.ts'
import type { ResourceInfo } from '../provider/resources.ts'
import { WaitingCalls } from './waiting-calls.ts'

/** Connections that may be lost over one call, before that one is to blame. */
const MOST_LOSSES = 10

/** Calls that another broker may have to answer than the one in use. */
export class RetriedCalls {
  readonly #inUse: () => Provider | undefined
  readonly #waiting = new WaitingCalls()
  #failure: Error | undefined

  /** @param inUse - gives undefined while there is no broker */
  constructor(inUse: () => Provider | undefined) {
    this.#inUse = inUse
  }

  /** Makes a call at the broker in use, and at the next one when that is lost over it. */
  async retried<Result>(
    resource: ResourceInfo | undefined,
    call: (provider: Provider) => Promise<Result>,
  ): Promise<Result> {
    for (let losses = 1; ; losses += 1) {
      const provider = await this.#connected(resource?.id)
      try {
        return await call(provider)
      } catch (error) {
        const isFinal = losses === MOST_LOSSES || (resource !== undefined && isBrowser(resource))
        if (isFinal || !this.isLoss(error, provider)) throw error
      }
    }
  }

  /** What is only of interest to the broker in use, and done once that is lost. */
  unlessLost(action: (provider: Provider) => Promise<void>): Promise<void> {
    const provider = this.#inUse()
    if (provider === undefined) return DONE
    const done = action(provider)
    if (done === DONE) return DONE
    return done.catch((error) => {
      if (!this.isLoss(error, provider)) throw error
    })
  }

  /** Whether a call failed for the loss of the broker. */
  isLoss(error: unknown, provider: Provider): boolean {
    return error instanceof ConnectionLostError || provider !== this.#inUse()
  }

  /** There is a broker again: calls that wait are made. */
  release(provider: Provider): void {
    this.#waiting.release(provider)
  }

  /** The resource is not wanted any more. */
  callOff(id: string, error: Error): void {
    this.#waiting.callOff(id, error)
  }

  /** There will be no broker again. */
  fail(error: Error): void {
    this.#failure ??= error
    this.#waiting.fail(error)
  }

  /** The broker in use, as soon as there is one. */
  #connected(id: string | undefined): Provider | Promise<Provider> {
    if (this.#failure !== undefined) throw this.#failure
    return this.#inUse() ?? this.#waiting.next(id)
  }
}

function isBrowser(resource: ResourceInfo): boolean {
  return resource.resource === 'consumer' && resource.browser
}
