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

/** What one round gives; a suite may add columns of its own. */
export interface Sample {
  /** Messages a second, by the clock. */
  readonly rate: number
  /** µs for each message, of all threads of the process. */
  readonly cpu: number
  /** ms. */
  readonly p50: number
  readonly p99: number
  /** MB: the most memory that the process had resident. */
  readonly rss: number
  readonly [column: string]: number
}

export interface Contender {
  readonly name: string
  /** Compared with the first contender of its group; those without a name are one, too. */
  readonly group?: string
  /** Flags for Node. */
  readonly flags?: readonly string[]
  /** One round, with its own warm-up, in a fresh process. */
  measure(context: Context): Promise<Sample>
}

export type MedianOf = (contender: string, column: string) => number

export interface Goal {
  readonly text: string
  met(medianOf: MedianOf): boolean
}

export interface Suite {
  readonly name: string
  /** What is counted and timed. */
  readonly title: string
  /** The protocol by which it uses a broker. */
  readonly needsBroker: false | 'amqp' | 'stomp' | 'mqtt' | 'tcp'
  /** Not on every broker that can be given: runs when it is asked for by its name. */
  readonly onlyByName?: boolean
  /** Titles of columns besides those that all suites have. */
  readonly columns?: Readonly<Record<string, string>>
  readonly contenders: readonly Contender[]
  readonly goals: readonly Goal[]
}

export interface Figures {
  readonly contender: string
  readonly medians: Sample
  readonly lowestCpu: number
  readonly highestCpu: number
  /** Median CPU, to that of the first contender of its group. */
  readonly ratio: number
}

export interface Result {
  readonly suite: string
  readonly title: string
  readonly columns: Readonly<Record<string, string>>
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
  const samples = new Map<string, Sample[]>(suite.contenders.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round += 1) {
    // Backwards every other time, so that a machine that grows slower meanwhile is unfair to nobody.
    const order = round % 2 === 0 ? suite.contenders : suite.contenders.toReversed()
    for (const contender of order) samples.get(contender.name)?.push(await measureApart(suite, contender, context))
  }
  const valuesOf = (name: string, column: string): number[] =>
    (samples.get(name) ?? []).map((sample) => sample[column] ?? Number.NaN)
  const medianOf: MedianOf = (name, column) => median(valuesOf(name, column))
  return {
    suite: suite.name,
    title: suite.title,
    columns: suite.columns ?? {},
    rounds,
    figures: suite.contenders.map(({ name, group }) => {
      const first = suite.contenders.find((other) => other.group === group)
      const columns = Object.keys(samples.get(name)?.[0] ?? {})
      return {
        contender: name,
        medians: Object.fromEntries(columns.map((column) => [column, medianOf(name, column)])) as Sample,
        lowestCpu: Math.min(...valuesOf(name, 'cpu')),
        highestCpu: Math.max(...valuesOf(name, 'cpu')),
        ratio: medianOf(name, 'cpu') / medianOf(first?.name ?? name, 'cpu'),
      }
    }),
    goals: suite.goals.map((goal) => ({ text: goal.text, met: goal.met(medianOf) })),
  }
}

async function measureApart(suite: Suite, { name, flags = [] }: Contender, { broker }: Context): Promise<Sample> {
  const args = ['--expose-gc', ...flags, MEASURE, suite.name, name, broker]
  const { stdout } = await promisify(execFile)(process.execPath, args, { encoding: 'utf8', timeout: 900_000 })
  return JSON.parse(stdout) as Sample
}

export function table({ suite, title, columns, rounds, figures, goals }: Result): string {
  const own = Object.keys(columns)
  const titles = [
    'msg/s',
    'µs CPU',
    'lowest',
    'highest',
    'ratio',
    'p50 ms',
    'p99 ms',
    'RSS MB',
    ...Object.values(columns),
  ]
  const rows = figures.map(({ contender, medians, lowestCpu, highestCpu, ratio }) => [
    contender,
    whole(medians.rate),
    ...[medians.cpu, lowestCpu, highestCpu, ratio].map((value) => value.toFixed(2)),
    ...[medians.p50, medians.p99].map((value) => value.toFixed(value < 0.1 ? 4 : 2)),
    ...[medians.rss, ...own.map((column) => medians[column] ?? Number.NaN)].map(decimal),
  ])
  return [
    `${suite}: ${title}; median of ${rounds}`,
    ...aligned([['', ...titles], ...rows]),
    ...goals.map((goal) => `  ${goal.met ? 'met   ' : 'MISSED'} ${goal.text}`),
  ].join('\n')
}

/** Lines of a table, indented: the first column to the left, the others to the right. */
export function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  return rows.map((row) => `  ${line(row)}`.trimEnd())
}

/** Takes time by the clock and CPU, of all threads of this process, from now until it is asked. */
export function stopwatch(messages: number): () => { readonly rate: number; readonly cpu: number } {
  globalThis.gc?.()
  const before = process.cpuUsage()
  const start = performance.now()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { rate: (messages / (performance.now() - start)) * 1_000, cpu: (user + system) / messages }
  }
}

/** Does it one time after the other; the quantiles of what each took, ms. */
export async function latencies(
  count: number,
  once: (index: number) => unknown,
): Promise<{ readonly p50: number; readonly p99: number }> {
  const times = new Float64Array(count)
  for (let index = 0; index < count; index += 1) {
    const start = performance.now()
    await once(index)
    times[index] = performance.now() - start
  }
  return quantiles(times)
}

export function quantiles(times: Float64Array): { readonly p50: number; readonly p99: number } {
  const sorted = times.toSorted()
  const at = (part: number): number => sorted[Math.floor((sorted.length - 1) * part)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99) }
}

/** MB that this process had resident at most, until now. */
export function peakMemory(): number {
  return (process.resourceUsage().maxRSS * 1_024) / 1_000_000
}

/** Bytes in use after a collection: in the heap, and outside of it. */
export function memoryInUse(): { readonly heap: number; readonly external: number } {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return { heap: heapUsed, external }
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

/** Calls `send` so often, with `window` calls unconfirmed all the time. */
export async function pipelined(
  count: number,
  window: number,
  send: (index: number) => Promise<unknown> | undefined,
): Promise<void> {
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < count) {
      next += 1
      await send(next - 1)
    }
  }
  await Promise.all(Array.from({ length: Math.min(window, count) }, lane))
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2
}

export function whole(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 })
}

function decimal(value: number): string {
  return value < 1_000 ? value.toFixed(1) : whole(value)
}
