import { pause } from './pause.ts'

/** Requests that the broker has not answered. */
export class Underway {
  readonly #requests = new Set<Promise<void>>()

  /** The same promise; counted until it is settled. */
  follow(request: Promise<void>): Promise<void> {
    this.#requests.add(request)
    const end = (): boolean => this.#requests.delete(request)
    request.then(end, end)
    return request
  }

  /** Resolves once all are answered, those too that are made meanwhile, or after `limit` ms. Never rejects. */
  async answered(limit: number): Promise<void> {
    const over = new AbortController()
    const late = pause(limit, over.signal).then(
      () => over.abort(),
      () => {},
    )
    while (this.#requests.size > 0 && !over.signal.aborted) {
      await Promise.race([late, Promise.allSettled(this.#requests)])
    }
    over.abort()
  }
}
