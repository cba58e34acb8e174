import { INITIAL_STOCK } from './generate-orders.ts'
import { type Answer, readOrder } from './order.ts'
import type { OrderRow } from './stock-database.ts'

/** All that is known when the run is over. */
export interface Run {
  readonly lines: ReadonlyMap<string, string>
  readonly answers: ReadonlyMap<string, Answer>
  readonly repeatedAnswers: number
  readonly redelivered: number
  readonly rows: readonly OrderRow[]
  readonly deadLetters: readonly string[]
  readonly stock: ReadonlyMap<string, number>
  readonly seconds: number
}

export interface Report {
  readonly text: string
  readonly proven: boolean
}

/** The table at the end, and whether every order was handled exactly once. */
export function report(run: Run): Report {
  const answers = [...run.answers.values()]
  const count = (status: Answer['status']): number => answers.filter((answer) => answer.status === status).length
  const messages = run.lines.size + answers.length + run.repeatedAnswers
  const proofs = prove(run)
  const proven = proofs.every(([, left, right]) => left === right)
  const table = [
    ['orders', run.lines.size],
    ['confirmed', count('confirmed')],
    ['rejected', count('rejected')],
    ['out of stock', count('out of stock')],
    ['dead-lettered', run.deadLetters.length],
    ['delivered again', run.redelivered],
    ['seconds', run.seconds.toFixed(2)],
    ['messages per second', Math.round(messages / run.seconds)],
  ] as const
  const lines = [
    ...table.map(([name, value]) => row(name, typeof value === 'number' ? number(value) : value)),
    '',
    ...proofs.map(([claim, left, right]) => {
      const mark = left === right ? 'ok   ' : 'WRONG'
      return `${mark} ${claim}: ${number(left)} of ${number(right)}`
    }),
    '',
    proven ? 'Every order was handled exactly once.' : 'NOT every order was handled exactly once.',
  ]
  return { text: lines.join('\n'), proven }
}

/** Claims that hold when both numbers are the same. */
function prove({ lines, answers, rows, deadLetters, stock }: Run): [string, number, number][] {
  const ids = new Set<string>()
  for (const line of lines.values()) {
    const reading = readOrder(line)
    if ('order' in reading) ids.add(reading.order.orderId)
  }
  const dead = new Set(deadLetters)
  const endedOnce = [...lines.keys()].filter((submission) => answers.has(submission) !== dead.has(submission))
  const answered = rows.filter((row) => {
    const answer = answers.get(row.submission)
    return answer?.orderId === row.orderId && answer.status === row.status
  })
  const initial = Object.values(INITIAL_STOCK).reduce((sum, quantity) => sum + quantity, 0)
  const left = [...stock.values()].reduce((sum, quantity) => sum + quantity, 0)
  const sold = rows.filter((row) => row.status === 'confirmed').reduce((sum, row) => sum + row.quantity, 0)
  return [
    ['lines of the file that ended once, in an answer or as a dead letter', endedOnce.length, lines.size],
    [
      'order ids of the file that have their row in the database',
      rows.filter((row) => ids.has(row.orderId)).length,
      ids.size,
    ],
    ['rows of the database that are of the file', rows.filter((row) => ids.has(row.orderId)).length, rows.length],
    ['rows of the database whose answer reached the shop, the same one', answered.length, rows.length],
    ['goods sold that left the stock', initial - left, sold],
  ]
}

function row(name: string, value: string): string {
  return `${name.padEnd(22)}${value.padStart(10)}`
}

function number(value: number): string {
  return value.toLocaleString('en')
}
