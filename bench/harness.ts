/** What a suite is, and how its contenders are measured: each round in a process of its own, the contenders taking turns. */
import { execFile } from 'node:child_process'
import { cpus, loadavg } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MEASURE = fileURLToPath(new URL('measure.ts', import.meta.url))

export interface Context {
  /** URI of a broker; empty for suites that need none. */
  readonly broker: string
}

export interface Contender {
  readonly name: string
  /** One round, with its own warm-up, in a fresh process. */
  measure(context: Context): Promise<number>
}

export interface Goal {
  readonly text: string
  met(medianOf: (contender: string) => number): boolean
}

export interface Suite {
  readonly name: string
  /** What the numbers are. */
  readonly title: string
  readonly unit: string
  readonly needsBroker: boolean
  /** The others are compared with the first. */
  readonly contenders: readonly Contender[]
  readonly goals: readonly Goal[]
}

export interface Figures {
  readonly contender: string
  readonly median: number
  readonly lowest: number
  readonly highest: number
  /** Of the median, to that of the first contender. */
  readonly ratio: number
}

export interface Result {
  readonly suite: string
  readonly title: string
  readonly unit: string
  readonly rounds: number
  readonly figures: readonly Figures[]
  readonly goals: readonly { readonly text: string; readonly met: boolean }[]
}

export interface Machine {
  readonly date: string
  readonly node: string
  readonly cpu: string
  /** Of the last minute, before the run: above 0.5 the machine was not quiet. */
  readonly load: number
}

export function machine(): Machine {
  const [cpu] = cpus()
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    cpu: `${cpu?.model.trim() ?? 'unknown'} × ${cpus().length}`,
    load: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  }
}

export async function runSuite(suite: Suite, rounds: number, context: Context): Promise<Result> {
  const values = new Map<string, number[]>(suite.contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    // Backwards every other time, so that a machine that grows slower meanwhile is unfair to nobody.
    const order = round % 2 === 0 ? suite.contenders : suite.contenders.toReversed()
    for (const { name } of order) values.get(name)?.push(await measureApart(suite, name, context))
  }
  const medianOf = (name: string): number => median(values.get(name) ?? [])
  const baseline = medianOf(suite.contenders[0]?.name ?? '')
  return {
    suite: suite.name,
    title: suite.title,
    unit: suite.unit,
    rounds,
    figures: [...values].map(([contender, measured]) => ({
      contender,
      median: medianOf(contender),
      lowest: Math.min(...measured),
      highest: Math.max(...measured),
      ratio: medianOf(contender) / baseline,
    })),
    goals: suite.goals.map((goal) => ({ text: goal.text, met: goal.met(medianOf) })),
  }
}

async function measureApart(suite: Suite, contender: string, { broker }: Context): Promise<number> {
  const args = ['--expose-gc', MEASURE, suite.name, contender, broker]
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8', timeout: 300_000 })
  return Number(stdout)
}

export function table({ suite, title, unit, rounds, figures, goals }: Result): string {
  const width = Math.max(...figures.map(({ contender }) => contender.length), 'contender'.length)
  const line = (name: string, ...cells: string[]): string =>
    `  ${name.padEnd(width)}${cells.map((cell) => cell.padStart(11)).join('')}`
  return [
    `${suite}: ${title}, ${unit}; median of ${rounds}`,
    line('contender', 'median', 'lowest', 'highest', 'ratio'),
    ...figures.map((row) =>
      line(row.contender, decimal(row.median), decimal(row.lowest), decimal(row.highest), row.ratio.toFixed(2)),
    ),
    ...goals.map((goal) => `  ${goal.met ? 'met   ' : 'MISSED'} ${goal.text}`),
  ].join('\n')
}

/** The µs of CPU, of all threads of this process, that the work took. */
export async function cpuTime(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.()
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Bytes in use after a collection: the heap, and what lies outside of it. */
export function memoryInUse(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** Resolves `done` at the call that reaches the count. */
export function countdown(count: number): { readonly done: Promise<void>; readonly tick: () => void } {
  let resolve = (): void => {}
  const done = new Promise<void>((settle) => {
    resolve = settle
  })
  let left = count
  const tick = (): void => {
    left -= 1
    if (left === 0) resolve()
  }
  return { done, tick }
}

/** Calls `send` so often, at most `window` at a time unconfirmed. */
export async function pipelined(
  count: number,
  window: number,
  send: (index: number) => Promise<unknown>,
): Promise<void> {
  for (let sent = 0; sent < count; sent += window) {
    const size = Math.min(window, count - sent)
    await Promise.all(Array.from({ length: size }, (_, index) => send(sent + index)))
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

function decimal(value: number): string {
  const digits = value < 100 ? 2 : 0
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}
