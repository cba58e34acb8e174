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
  readonly leftInQueue: number
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
  const claims = prove(run)
  const proven = claims.every(holds)
  const table: [string, number][] = [
    ['orders', run.lines.size],
    ['confirmed', count('confirmed')],
    ['rejected', count('rejected')],
    ['out of stock', count('out of stock')],
    ['dead-lettered', run.deadLetters.length],
    ['delivered again', run.redelivered],
    ['messages per second', Math.round(messages / run.seconds)],
  ]
  const width = Math.max(...claims.map(({ text }) => text.length))
  const lines = [
    ...table.map(([name, value]) => `${name.padEnd(22)}${number(value).padStart(8)}`),
    '',
    ...claims.map((claim) => claimLine(claim, width)),
    '',
    proven ? 'Every order was handled exactly once.' : 'NOT every order was handled exactly once.',
  ]
  return { text: lines.join('\n'), proven }
}

interface Claim {
  readonly text: string
  readonly found: number
  readonly expected: number
}

function prove({ lines, answers, rows, deadLetters, stock, leftInQueue }: Run): Claim[] {
  const ids = new Set<string>()
  for (const line of lines.values()) {
    const reading = readOrder(line)
    if ('order' in reading) ids.add(reading.order.orderId)
  }
  const dead = new Set(deadLetters)
  const endedOnce = [...lines.keys()].filter((submission) => answers.has(submission) !== dead.has(submission))
  const ofTheFile = rows.filter((row) => ids.has(row.orderId))
  const answered = rows.filter((row) => {
    const answer = answers.get(row.submission)
    return answer?.orderId === row.orderId && answer.status === row.status
  })
  const sold = sum(rows.filter((row) => row.status === 'confirmed').map((row) => row.quantity))
  const left = sum(stock.values())
  return [
    { text: 'lines of the file that ended once, answered or dead', found: endedOnce.length, expected: lines.size },
    { text: 'order ids that have their row in the database', found: ofTheFile.length, expected: ids.size },
    { text: 'rows of the database that come from the file', found: ofTheFile.length, expected: rows.length },
    { text: 'rows whose answer reached the shop, the same one', found: answered.length, expected: rows.length },
    {
      text: 'goods that left the stock, and goods sold',
      found: sum(Object.values(INITIAL_STOCK)) - left,
      expected: sold,
    },
    { text: 'messages left in the queue', found: leftInQueue, expected: 0 },
  ]
}

function holds({ found, expected }: Claim): boolean {
  return found === expected
}

function claimLine(claim: Claim, width: number): string {
  const [mark, sign] = holds(claim) ? ['ok   ', '='] : ['WRONG', '≠']
  return `${mark} ${claim.text.padEnd(width)}${number(claim.found).padStart(8)} ${sign} ${number(claim.expected)}`
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const value of numbers) total += value
  return total
}

function number(value: number): string {
  return value.toLocaleString('en')
}
