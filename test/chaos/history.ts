import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/**
 * How a call ended: as asked; not carried out, as the contract allows; carried out or not, as the contract allows; or
 * with an error that the contract does not have.
 */
export type Outcome = 'done' | 'refused' | 'in doubt' | 'failed'

/** What happened, without when. Messages are called `PRODUCER/NUMBER`, their numbers rise. */
export type Happening =
  | { readonly type: 'run'; readonly seed: number; readonly target: string }
  | {
      readonly type: 'producer'
      readonly producer: string
      readonly connection: string
      readonly destination: string
    }
  /** A group gets each message of its destination once: the consumers of a queue, or of one subscription. */
  | {
      readonly type: 'consumer'
      readonly consumer: string
      readonly connection: string
      readonly destination: string
      readonly kind: 'queue' | 'topic'
      readonly group: string
    }
  | { readonly type: 'fault'; readonly fault: number; readonly kind: string; readonly phase: 'begin' | 'end' }
  | { readonly type: 'interrupted'; readonly connection: string; readonly error: string }
  | { readonly type: 'resumed'; readonly connection: string }
  /** An error that a connection told of its own accord. */
  | { readonly type: 'error'; readonly connection: string; readonly error: string }
  | {
      readonly type: 'call'
      readonly call: number
      readonly name: string
      readonly actor: string
      readonly message?: string
      readonly transaction?: string
    }
  | { readonly type: 'outcome'; readonly call: number; readonly outcome: Outcome; readonly error?: string }
  | {
      readonly type: 'delivered'
      readonly delivery: number
      readonly consumer: string
      readonly message: string
      readonly redelivered: boolean
      readonly transaction?: string
    }
  /** The application is through with a delivery that is in no transaction, and it is being acknowledged. */
  | { readonly type: 'handled'; readonly delivery: number }

/** What happened, and when: ms since the beginning of the run. */
export type HistoryRecord = Happening & { readonly at: number }

const WRITTEN_AT_ONCE = 65_536

/** A history that is being written, as JSON lines into a file of its own. */
export class HistoryFile {
  readonly path: string
  readonly #file: number
  readonly #begin = performance.now()
  #unwritten = ''

  constructor() {
    this.path = join(mkdtempSync(join(tmpdir(), 'polymq-chaos-')), 'history.jsonl')
    this.#file = openSync(this.path, 'wx')
  }

  add(happening: Happening): void {
    const at = Math.round((performance.now() - this.#begin) * 10) / 10
    this.#unwritten += `${JSON.stringify({ at, ...happening })}\n`
    if (this.#unwritten.length >= WRITTEN_AT_ONCE) this.flush()
  }

  flush(): void {
    writeSync(this.#file, this.#unwritten)
    this.#unwritten = ''
  }

  close(): void {
    this.flush()
    closeSync(this.#file)
  }

  remove(): void {
    rmSync(dirname(this.path), { recursive: true })
  }
}

/** The records of a history one after the other: a long one is larger than memory. */
export function* readHistory(path: string): Generator<HistoryRecord> {
  const file = openSync(path, 'r')
  const decoder = new TextDecoder()
  const buffer = new Uint8Array(1 << 20)
  let rest = ''
  try {
    for (;;) {
      const length = readSync(file, buffer)
      if (length === 0) return
      const lines = (rest + decoder.decode(buffer.subarray(0, length), { stream: true })).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) yield JSON.parse(line) as HistoryRecord
    }
  } finally {
    closeSync(file)
  }
}
