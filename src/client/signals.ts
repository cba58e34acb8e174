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

/** The promise's result, or a TimeoutError with this text when it takes longer than `ms`. */
export async function within<T>(ms: number, promise: Promise<T>, describe: () => string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    return await Promise.race([
      promise,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new TimeoutError(describe(), { inDoubt: true })), ms)
      }),
    ])
  } finally {
    clearTimeout(timer)
  }
}
