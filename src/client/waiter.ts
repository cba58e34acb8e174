import { onAbort } from './signals.ts'

/** What ends a wait when nothing else does. */
export interface WaitLimits {
  /** ms; undefined for no limit. */
  readonly timeout: number | undefined
  readonly signal: AbortSignal | undefined
  readonly timedOut: () => void
  readonly aborted: (signal: AbortSignal) => void
}

/** A promise settled from outside, which lets go of its timer and its signal as it settles. */
export class Waiter<T> {
  readonly promise: Promise<T>
  #resolve: (value: T) => void = () => {}
  #reject: (error: Error) => void = () => {}
  readonly #timer: ReturnType<typeof setTimeout> | undefined
  readonly #stopListening: (() => void) | undefined

  constructor({ timeout, signal, timedOut, aborted }: WaitLimits) {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    if (timeout !== undefined) this.#timer = setTimeout(timedOut, timeout)
    if (signal !== undefined) this.#stopListening = onAbort(signal, () => aborted(signal))
  }

  resolve(value: T): void {
    this.#release()
    this.#resolve(value)
  }

  reject(error: Error): void {
    this.#release()
    this.#reject(error)
  }

  #release(): void {
    clearTimeout(this.#timer)
    this.#stopListening?.()
  }
}
