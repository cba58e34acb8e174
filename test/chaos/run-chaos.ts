import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '../../src/index.ts'
import { checkHistory, type Verdict } from './checker.ts'
import { type Fault, faultPlan } from './fault-plan.ts'
import { HistoryFile, readHistory } from './history.ts'
import type { Crowd } from './lanes.ts'
import { Random } from './random.ts'
import { Recorder } from './recorder.ts'
import type { Target } from './targets.ts'
import { Workload } from './workload.ts'

export interface ChaosOptions {
  readonly target: Target
  readonly seed: number
  /** ms for which faults go on; the run ends when all is consumed. */
  readonly duration: number
  /** Producers and consumers; the usual ones by default. */
  readonly crowd?: Crowd
  /** Told of each fault. */
  readonly progress?: (line: string) => void
}

export interface ChaosResult extends Verdict {
  /** Where the history is; removed when nothing was violated. */
  readonly path: string
}

/** ms for what is on its way to arrive after the last fault, and for calls to end. */
const DRAIN_LIMIT = 45_000
const CLOSE_LIMIT = 20_000
/** ms after which a broker is taken to hold back what does not come. */
const HOLD_LIMIT = 10_000

/** Messages go to and fro while the target suffers; then the history is checked. */
export async function runChaos({ target, seed, duration, crowd, progress }: ChaosOptions): Promise<ChaosResult> {
  const history = new HistoryFile()
  const recorder = new Recorder(history)
  const random = new Random(seed)
  const plan = faultPlan(random.fork(), target.kinds, target.heartbeat)
  const workload = new Workload(recorder, random.fork(), crowd)
  recorder.add({ type: 'run', seed, target: target.name })
  const prefix = `chaos.${seed}.${Date.now()}`
  await workload.start(
    (index) =>
      connect([...target.endpoints(index)], {
        clientId: `${prefix}.${index}`,
        heartbeat: target.heartbeat,
        connectTimeout: 5_000,
        closeTimeout: 5_000,
        sendTimeout: 120_000,
        prefetch: 50,
        failover: { maxReconnectDelay: 500 },
        redelivery: { maximumRedeliveries: -1, initialDelay: 0 },
      }),
    prefix,
  )
  const begin = performance.now()
  let number = 0
  const inflict = async (fault: Fault): Promise<void> => {
    number += 1
    const seconds = ((performance.now() - begin) / 1_000).toFixed(1)
    progress?.(`${seconds.padStart(7)} s  ${JSON.stringify(fault)}`)
    recorder.add({ type: 'fault', fault: number, kind: fault.kind, phase: 'begin' })
    await target.inflict(fault)
    recorder.add({ type: 'fault', fault: number, kind: fault.kind, phase: 'end' })
  }
  while (performance.now() - begin < duration) {
    const { calm, fault } = plan.next().value
    await sleep(calm)
    await inflict(fault)
  }
  // What is not there at the end of a limit is a violation that the checker finds.
  await within(DRAIN_LIMIT, workload.stopProducing())
  if (target.holdsBack) {
    await within(HOLD_LIMIT, recorder.drained())
    if (!recorder.isDrained) await inflict({ kind: 'restart' })
  }
  await within(DRAIN_LIMIT, recorder.drained())
  await within(CLOSE_LIMIT, workload.close())
  history.close()
  const verdict = checkHistory(readHistory(history.path))
  if (verdict.violations.length === 0) history.remove()
  return { ...verdict, path: history.path }
}

async function within(limit: number, promise: Promise<unknown>): Promise<void> {
  const timer = new AbortController()
  const late = sleep(limit, undefined, { signal: timer.signal }).catch(() => {})
  await Promise.race([promise, late])
  timer.abort()
}

/** The violations, at most ten of each rule, and where to look; undefined when there are none. */
export function complaint({ violations, path }: ChaosResult, seed: number): string | undefined {
  if (violations.length === 0) return undefined
  const counts = new Map<string, number>()
  const lines: string[] = []
  for (const { rule, text } of violations) {
    const count = (counts.get(rule) ?? 0) + 1
    counts.set(rule, count)
    if (count <= 10) lines.push(`${rule}: ${text}`)
  }
  const summary = [...counts].map(([rule, count]) => `${count} ${rule}`).join(', ')
  return `seed ${seed}: ${summary}\n${lines.join('\n')}\nhistory: ${path}`
}
