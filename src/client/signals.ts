import { TimeoutError } from '../errors.ts'

/** Calls back when the signal aborts, also when it has already; returns how to stop listening. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    queueMicrotask(callback)
    return () => {}
  }
  signal.addEventListener('abort', callback, { once: true })
  return () => signal.removeEventListener('abort', callback)
}

/** The promise's result, or when it takes longer than `ms` this error; of a text, a TimeoutError that leaves it in doubt. */
export async function within<T>(ms: number, promise: Promise<T>, late: () => string | Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          const error = late()
          reject(typeof error === 'string' ? new TimeoutError(error, { inDoubt: true }) : error)
        }, ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}
