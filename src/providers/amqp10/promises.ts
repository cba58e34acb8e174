import { TimeoutError } from '../../errors.ts'

/** A promise that is settled from outside. */
export interface Deferred<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: Error): void
}

export function defer<T>(): Deferred<T> {
  let resolve: (value: T) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  // Whoever waits still sees a rejection; when nobody does yet, it is no unhandled one.
  promise.catch(() => {})
  return { promise, resolve, reject }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}

/**
 * Waits for a promise, but no longer than `ms`; 0 waits without limit.
 *
 * @throws TimeoutError named by `action`
 */
export async function within<T>(promise: Promise<T>, ms: number, action: string): Promise<T> {
  if (ms <= 0) return await promise
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new TimeoutError(`${action} was not answered within ${ms} ms; check the broker, or raise requestTimeout`, {
          inDoubt: true,
        }),
      )
    }, ms)
  })
  try {
    return await Promise.race([promise, expired])
  } finally {
    clearTimeout(timer)
  }
}
