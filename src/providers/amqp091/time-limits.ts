import { TimeoutError } from '../../errors.ts'

/**
 * The broker's answer to a request.
 *
 * @throws TimeoutError when it takes longer than `ms`
 */
export async function answered<R>(request: Promise<R>, ms: number, describe: () => string): Promise<R> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      const text = `${describe()} was not answered within ${ms} ms; check the broker, or raise requestTimeout`
      reject(new TimeoutError(text, { inDoubt: true }))
    }, ms)
  })
  try {
    return await Promise.race([request, late])
  } finally {
    clearTimeout(timer)
  }
}

/** Waits for a courtesy, and not for longer. */
export async function within(courtesy: Promise<void> | undefined, timeout: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeout)
  })
  await Promise.race([courtesy?.catch(() => {}), over])
  clearTimeout(timer)
}
