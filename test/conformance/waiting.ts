import { randomUUID } from 'node:crypto'
import type { ReceivedMessage } from '../../src/index.ts'

/** A name that no other test has. */
export function unique(name: string): string {
  return `conformance.${name}.${randomUUID()}`
}

/** Texts `prefix0`, `prefix1` … */
export function numbered(count: number, prefix = ''): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`)
}

/** A promise that the test fulfils. */
export interface Gate<T = void> {
  readonly opened: Promise<T>
  open(value: T): void
}

export function gate<T = void>(): Gate<T> {
  let open: (value: T) => void = () => {}
  const opened = new Promise<T>((resolve) => {
    open = resolve
  })
  return { opened, open }
}

/** A listener that keeps what it is given, and tells when it has had enough. */
export interface Collector {
  readonly listener: (message: ReceivedMessage) => void
  readonly messages: ReceivedMessage[]
  readonly complete: Promise<readonly ReceivedMessage[]>
}

export function collect(count: number): Collector {
  const messages: ReceivedMessage[] = []
  const enough = gate<readonly ReceivedMessage[]>()
  const listener = (message: ReceivedMessage): void => {
    messages.push(message)
    if (messages.length === count) enough.open(messages)
  }
  return { listener, messages, complete: enough.opened }
}

/** Resolves when the clock has passed this time (ms since the epoch): the event that expiry and delay wait for. */
export async function clockPasses(time: number): Promise<void> {
  for (let left = time - Date.now(); left >= 0; left = time - Date.now()) {
    await new Promise((resolve) => setTimeout(resolve, left + 1))
  }
}

/** The promise's result, or a failure that says what was waited for. */
export async function soon<T>(promise: Promise<T>, what: string, ms = 10_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What a promise is rejected with; fails when it is not. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error
  }
  throw new Error(`it should have been refused, and gave ${String(value)}`)
}
