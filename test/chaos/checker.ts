import { type Delivered, describeCall, Facts, type FaultSpan, type Group, messageNumber, type Sent } from './facts.ts'
import type { HistoryRecord } from './history.ts'

export type Rule = 'lost' | 'duplicated' | 'order' | 'phantom' | 'torn' | 'failed' | 'pending'

export interface Violation {
  readonly rule: Rule
  readonly text: string
}

export interface Totals {
  /** Calls of send(). */
  readonly messages: number
  /** Sends that were confirmed, with their transaction when they were in one. */
  readonly confirmed: number
  /** Messages that were handled, once for each group. */
  readonly consumed: number
  /** Deliveries of what a group had had already, work of transactions that were rolled back excepted. */
  readonly duplicates: number
  /** Deliveries of what the broker had delivered before. */
  readonly redelivered: number
  readonly interruptions: number
  readonly faults: Readonly<Record<string, number>>
  /** ms that the slowest confirmed send took, those in transactions excepted. */
  readonly longestOutage: number
}

export interface Verdict {
  readonly violations: readonly Violation[]
  readonly totals: Totals
}

/** ms by which an acknowledgement can be late at the broker while nothing shows it, and a loss be noticed late. */
const LATE = 1_000
/** ms after a loss in which an application may get what had been received before. */
const ON_ITS_WAY = 50
/** ms after which a broker has noticed that a consumer is gone, too. */
const STALE = 5_000
/**
 * What happens to one node of a cluster. An acknowledgement that is on its way to the queue's leader there, or when another
 * node becomes the leader because one comes back, is lost without the consumer's connection noticing anything.
 */
const NODE_FAULTS: readonly string[] = ['kill-node', 'drain', 'cut-off']

/**
 * Whether what happened is what the library promises:
 * - each confirmed message is consumed by each group of its destination (`lost`);
 * - a message is settled for sure as often as there can be copies of it, and that is once unless the connection was
 *   interrupted during its send (`duplicated`);
 * - a group first sees the messages of a producer in the order of their sends (`order`);
 * - nothing is seen that was not sent, or sent in a transaction that was rolled back (`phantom`);
 * - of a transaction in doubt a group sees all or nothing (`torn`);
 * - no call ends with an error that the contract does not have (`failed`), and each ends (`pending`).
 */
export function checkHistory(records: Iterable<HistoryRecord>): Verdict {
  const facts = new Facts(records)
  const violations: Violation[] = [
    ...facts.failures.map((text) => ({ rule: 'failed' as const, text })),
    ...[...facts.pending.values()].map((call) => ({
      rule: 'pending' as const,
      text: `${describeCall(call)} never ended`,
    })),
  ]
  const report = (rule: Rule, text: string): void => {
    violations.push({ rule, text })
  }
  const settling = new Settling(facts)
  for (const group of facts.groups.values()) {
    checkLosses(facts, group, settling, report)
    checkCopies(facts, group, settling, report)
    checkOrder(facts, group, report)
    checkPhantoms(facts, group, report)
    checkAtomicity(facts, group, report)
  }
  return { violations, totals: totalsOf(facts, settling) }
}

type Report = (rule: Rule, text: string) => void

function isConfirmed(facts: Facts, { outcome, transaction }: Sent): boolean {
  return outcome === 'done' && (transaction === undefined || facts.transactions.get(transaction) === 'done')
}

function checkLosses(facts: Facts, group: Group, settling: Settling, report: Report): void {
  for (const sent of facts.sent.values()) {
    if (facts.producers.get(sent.producer)?.destination !== group.destination || !isConfirmed(facts, sent)) continue
    const deliveries = group.deliveries.get(sent.id) ?? []
    if (deliveries.some((delivery) => settling.of(delivery) !== 'undone')) continue
    const seen = deliveries.length === 0 ? 'never delivered' : 'only delivered in transactions that were rolled back'
    report('lost', `${sent.id}, confirmed at ${sent.to} ms, was ${seen} to ${group.name}`)
  }
}

function checkCopies(facts: Facts, group: Group, settling: Settling, report: Report): void {
  for (const [id, deliveries] of group.deliveries) {
    const settled = deliveries.filter((delivery) => settling.of(delivery) === 'settled')
    const [first] = settled
    const sent = facts.sent.get(id)
    const isRepeated = first !== undefined && sent !== undefined && isReadAgain(facts, group, sent, first)
    const copies = possibleCopies(facts, sent) + (isRepeated ? 1 : 0)
    if (settled.length <= copies) continue
    const times = settled.map(({ at, consumer }) => `at ${at} ms by ${consumer.name}`).join(' and ')
    report('duplicated', `${id} was consumed from ${group.name} ${times}, and ${copies} could be of it`)
  }
}

/** A broker that was lost during a send may have the message, and so may the next one. */
function possibleCopies(facts: Facts, sent: Sent | undefined): number {
  if (sent === undefined || sent.transaction !== undefined) return 1
  const { connection } = facts.producers.get(sent.producer) ?? { connection: '' }
  const losses = facts.interruptions.get(connection) ?? []
  return 1 + losses.filter((at) => at >= sent.from && at <= sent.to).length
}

/**
 * A durable subscription of ActiveMQ Classic that goes on after a restart, while its topic is published to, reads from
 * the store once more what it has sent already, and sends some of it in another order: on one link, without a mark.
 */
function isReadAgain(facts: Facts, group: Group, sent: Sent, first: Delivered): boolean {
  if (!facts.target.startsWith('activemq') || group.kind !== 'topic') return false
  return downTimes(facts).some(({ from, to }) => from <= first.at && to >= sent.from - STALE)
}

/**
 * Only of what cannot have been delivered to a consumer that was lost and that the broker took for alive: that comes
 * again later. A broker that is started again knows of no such consumer. Several consumers also share what one of them
 * had, and the copies that an interrupted producer may have sent.
 */
function checkOrder(facts: Facts, group: Group, report: Report): void {
  // Artemis delivers at QoS 1 out of order now and then (ARTEMIS-6191).
  if (facts.target === 'artemis, mqtt') return
  const consuming = new Set(
    [...facts.consumers.values()].filter((consumer) => consumer.group === group).map(({ connection }) => connection),
  )
  const last = new Map<string, number>()
  for (const [id, [first]] of group.deliveries) {
    const sent = facts.sent.get(id)
    const { producer, number } = messageNumber(id)
    if (first === undefined || first.redelivered || sent === undefined) continue
    if (isReadAgain(facts, group, sent, first)) continue
    const connections = new Set(consuming)
    if (group.consumers > 1) connections.add(facts.producers.get(producer)?.connection ?? '')
    const losses = [...connections].flatMap((name) => facts.interruptions.get(name) ?? [])
    const counting = group.consumers > 1 ? losses : losses.filter((at) => !wasDown(facts, at))
    if (counting.some((at) => at >= sent.from - STALE && at <= first.at)) continue
    const key = group.consumers === 1 ? producer : `${producer} ${first.consumer.name}`
    const before = last.get(key) ?? -1
    if (number > before) last.set(key, number)
    else report('order', `${id} came to ${first.consumer.name} at ${first.at} ms, after ${producer}/${before}`)
  }
}

function wasDown(facts: Facts, at: number): boolean {
  return downTimes(facts).some(({ from, to }) => from <= at && at <= to)
}

/** From when to when the broker was not there. */
function downTimes(facts: Facts): FaultSpan[] {
  return [...facts.faults.values()].filter(({ kind }) => kind === 'kill' || kind === 'restart')
}

function checkPhantoms(facts: Facts, group: Group, report: Report): void {
  for (const [id, [first]] of group.deliveries) {
    const sent = facts.sent.get(id)
    const where = `${id} came from ${group.name} at ${first?.at} ms, and`
    if (sent === undefined) report('phantom', `${where} nobody sent it`)
    else if (facts.producers.get(sent.producer)?.destination !== group.destination) {
      report('phantom', `${where} was sent elsewhere`)
    } else if (sent.transaction !== undefined && facts.transactions.get(sent.transaction) === 'refused') {
      report('phantom', `${where} its transaction ${sent.transaction} was rolled back`)
    } else if (sent.transaction !== undefined && !facts.transactions.has(sent.transaction)) {
      if (![...facts.pending.values()].some(({ transaction }) => transaction === sent.transaction)) {
        report('phantom', `${where} its transaction ${sent.transaction} was never committed`)
      }
    } else if (sent.outcome === 'refused') report('phantom', `${where} its send was refused`)
  }
}

function checkAtomicity(facts: Facts, group: Group, report: Report): void {
  const inDoubt = new Map<string, { seen: number; unseen: number }>()
  for (const { id, producer, transaction } of facts.sent.values()) {
    if (transaction === undefined || facts.transactions.get(transaction) !== 'in doubt') continue
    if (facts.producers.get(producer)?.destination !== group.destination) continue
    const counts = inDoubt.get(transaction) ?? { seen: 0, unseen: 0 }
    counts[group.deliveries.has(id) ? 'seen' : 'unseen'] += 1
    inDoubt.set(transaction, counts)
  }
  for (const [transaction, { seen, unseen }] of inDoubt) {
    if (seen > 0 && unseen > 0) report('torn', `${group.name} got ${seen} of ${seen + unseen} sends of ${transaction}`)
  }
}

/** Whether deliveries are settled at the broker, as far as the application can know. */
class Settling {
  readonly #facts: Facts
  /** By connection: from when to when an acknowledgement may have been lost. */
  readonly #doubts = new Map<string, FaultSpan[]>()
  /** The same for all connections. */
  readonly #commonDoubts: readonly FaultSpan[]

  constructor(facts: Facts) {
    this.#facts = facts
    const faults = [...facts.faults.values()]
    this.#commonDoubts = faults
      .filter(({ kind }) => NODE_FAULTS.includes(kind))
      .map(({ kind, from, to }) => ({ kind, from: from - LATE, to: to + LATE }))
    for (const [connection, losses] of facts.interruptions) {
      this.#doubts.set(
        connection,
        losses.map((loss) => ({
          kind: 'doubt',
          from: Math.min(Math.min(loss, beginOf(faults, loss)) - LATE, oldestUnanswered(facts, connection, loss)),
          to: loss + ON_ITS_WAY,
        })),
      )
    }
  }

  /** `undone`: with its transaction; `open`: it may come again. */
  of({ at, handled, transaction, consumer }: Delivered): 'settled' | 'open' | 'undone' {
    if (transaction !== undefined) {
      const outcome = this.#facts.transactions.get(transaction)
      if (outcome === 'done') return 'settled'
      return outcome === 'in doubt' ? 'open' : 'undone'
    }
    if (handled === undefined) return 'open'
    const isMeanwhile = ({ from, to }: FaultSpan): boolean => to >= at && from <= handled
    // Either it was stale when it was handled, or the acknowledgement may have gone with the connection, or with a node.
    const isInDoubt = this.#doubts.get(consumer.connection)?.some(isMeanwhile) || this.#commonDoubts.some(isMeanwhile)
    return isInDoubt ? 'open' : 'settled'
  }
}

/** When the first of the faults began that a loss may come from. */
function beginOf(faults: readonly FaultSpan[], loss: number): number {
  const causes = faults.filter(({ from, to }) => from <= loss && to >= loss - LATE)
  return Math.min(...causes.map(({ from }) => from))
}

/**
 * When the oldest send of a connection was called that the broker had not answered when it was lost: that far behind it was with
 * what came over the connection, acknowledgements as well.
 */
function oldestUnanswered({ sent, producers }: Facts, connection: string, loss: number): number {
  let oldest = Number.POSITIVE_INFINITY
  for (const { producer, from, to } of sent.values()) {
    if (from <= loss && to > loss && producers.get(producer)?.connection === connection) oldest = Math.min(oldest, from)
  }
  return oldest
}

function totalsOf(facts: Facts, settling: Settling): Totals {
  const sent = [...facts.sent.values()]
  const deliveries = [...facts.groups.values()].flatMap((group) => [...group.deliveries.values()])
  const counted = deliveries.map((all) => all.filter((delivery) => settling.of(delivery) !== 'undone').length)
  const faults: Record<string, number> = {}
  for (const { kind } of facts.faults.values()) faults[kind] = (faults[kind] ?? 0) + 1
  return {
    messages: sent.length,
    confirmed: sent.filter((one) => isConfirmed(facts, one)).length,
    consumed: counted.filter((count) => count > 0).length,
    duplicates: sum(counted.map((count) => Math.max(0, count - 1))),
    redelivered: sum(deliveries.map((all) => all.filter(({ redelivered }) => redelivered).length)),
    interruptions: sum([...facts.interruptions.values()].map((losses) => losses.length)),
    faults,
    longestOutage: sent
      .filter(({ transaction, outcome }) => transaction === undefined && outcome === 'done')
      .reduce((longest, { from, to }) => Math.max(longest, Math.round(to - from)), 0),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
