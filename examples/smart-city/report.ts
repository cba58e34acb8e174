import type { SensorKind } from './city.ts'
import type { GatewayReport } from './gateway.ts'
import type { Ledger } from './ledger.ts'
import type { Memory } from './memory.ts'
import type { Outage } from './poor-link.ts'

export interface Run {
  readonly reports: readonly GatewayReport[]
  readonly ledger: Ledger
  /** ms that a byte may be on the link. */
  readonly onTheWay: number
  readonly lateAfter: number
  readonly memory: { readonly sensors: Memory; readonly boards: Memory }
}

export interface Losses {
  readonly lost: Readonly<Record<SensorKind, number>>
  /** Those of them that no outage explains. */
  readonly unexplained: Readonly<Record<SensorKind, number>>
}

/** ms around an outage: how late both ends may be to notice on a busy machine. */
const SLACK = 1_000

/** Which of what was sent has not arrived. */
export function lossesOf({ reports, ledger, onTheWay }: Omit<Run, 'memory' | 'lateAfter'>): Losses {
  const lost = { air: 0, bus: 0 }
  const unexplained = { air: 0, bus: 0 }
  for (const { journals, outages } of reports) {
    for (const { kind, sensor, at } of journals) {
      const missing = at.filter((_, index) => !ledger.has(sensor, index + 1))
      lost[kind] += missing.length
      unexplained[kind] += missing.filter((time) => !isDuring(outages, time, onTheWay)).length
    }
  }
  return { lost, unexplained }
}

/** The table at the end, and whether losses are what the two QoS promise. */
export function report(run: Run, { lost, unexplained }: Losses): { readonly text: string; readonly holds: boolean } {
  const { reports, ledger, lateAfter, memory } = run
  const journals = reports.flatMap((gateway) => gateway.journals)
  const sent = (kind: SensorKind): number =>
    journals.reduce((sum, journal) => sum + (journal.kind === kind ? journal.at.length : 0), 0)
  const [air, bus] = [ledger.of('air'), ledger.of('bus')]
  const sum = (of: (gateway: GatewayReport) => number): number => reports.reduce((all, each) => all + of(each), 0)
  const holds = lost.bus === 0 && unexplained.air === 0
  const lines = [
    row('readings', 'air, QoS 0', 'bus, QoS 1'),
    row('sent', sent('air'), sent('bus')),
    row('delivered', air.delivered, bus.delivered),
    row(`late, more than ${shown(lateAfter)} ms`, air.late, bus.late),
    row('slowest, ms', air.slowest, bus.slowest),
    row('delivered again', air.again, bus.again),
    row('lost', lost.air, lost.bus),
    row('lost without an outage', unexplained.air, unexplained.bus),
    '',
    row('memory, MB', 'objects', 'process, most'),
    row(`${shown(journals.length)} sensors, and the link`, ...figuresOf(memory.sensors)),
    row('boards', ...figuresOf(memory.boards)),
    '',
    `${verdict(lost, unexplained)} There were ${shown(sum(({ outages }) => outages.length))} outages on ` +
      `${shown(reports.length)} connections; senders gave up ${shown(sum(({ refused }) => refused))} readings.`,
  ]
  return { text: lines.join('\n'), holds }
}

function isDuring(outages: readonly Outage[], time: number, onTheWay: number): boolean {
  return outages.some(({ from, until }) => time >= from - onTheWay - SLACK && time <= until + SLACK)
}

function verdict(lost: Losses['lost'], unexplained: Losses['unexplained']): string {
  if (lost.bus > 0) return `${shown(lost.bus)} readings with QoS 1 were LOST, which must not be.`
  if (unexplained.air > 0) return `${shown(unexplained.air)} readings with QoS 0 were LOST though their link was up.`
  if (lost.air === 0) return 'Nothing was lost.'
  return `Nothing with QoS 1 was lost, and ${shown(lost.air)} with QoS 0, each when its link was away.`
}

function figuresOf({ heap, most }: Memory): [number, number] {
  return [Math.round(heap), Math.round(most)]
}

function row(name: string, ...values: readonly (number | string)[]): string {
  return name.padEnd(32) + values.map((value) => shown(value).padStart(14)).join('')
}

function shown(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en-US') : value
}
