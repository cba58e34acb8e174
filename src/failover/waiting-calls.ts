import type { Provider } from '../provider/provider.ts'

interface WaitingCall {
  /** The resource that it is about; undefined when it is about none. */
  readonly id: string | undefined
  readonly resolve: (provider: Provider) => void
  readonly reject: (error: Error) => void
}

/** Calls that wait until there is a broker again. */
export class WaitingCalls {
  readonly #calls = new Set<WaitingCall>()

  /** Resolves with the next broker; rejects when {@link callOff} or {@link fail} come before it. */
  next(id: string | undefined): Promise<Provider> {
    return new Promise((resolve, reject) => this.#calls.add({ id, resolve, reject }))
  }

  release(provider: Provider): void {
    for (const { resolve } of this.#takeAll()) resolve(provider)
  }

  /** The resource is not wanted any more. */
  callOff(id: string, error: Error): void {
    for (const call of this.#calls) {
      if (call.id !== id) continue
      this.#calls.delete(call)
      call.reject(error)
    }
  }

  /** There will be no broker again. */
  fail(error: Error): void {
    for (const { reject } of this.#takeAll()) reject(error)
  }

  #takeAll(): readonly WaitingCall[] {
    const calls = [...this.#calls]
    this.#calls.clear()
    return calls
  }
}
