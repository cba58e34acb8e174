import type { Line, StockService } from './stock.ts'
import type { TillBooks } from './till.ts'

/** What both have at the end of a day. */
export interface Day {
  readonly sales: number
  readonly till: TillBooks
  readonly stock: StockService
  readonly seconds: number
  /** Brokers that were killed meanwhile. */
  readonly killed: number
}

export interface Report {
  readonly text: string
  readonly proven: boolean
}

interface Claim {
  readonly text: string
  readonly found: number
  readonly expected: number
}

/** The table of a day, and whether the till and the stock service agree. */
export function report(day: Day): Report {
  const { till, stock, seconds, killed } = day
  const claims = prove(day)
  const proven = claims.every(holds)
  const table: readonly (readonly [string, string])[] = [
    ['sales', whole(day.sales)],
    ['lines', whole(till.lines)],
    ['revenue, EUR', (till.revenue / 100).toFixed(2)],
    ['deliveries', whole(stock.deliveries.size)],
    ['brokers killed', whole(killed)],
    ['sold again', whole(till.soldAgain)],
    ['lines that came again', whole(stock.repeated)],
    ['lines per second', whole(Math.round(till.lines / seconds))],
  ]
  const width = Math.max(...claims.map(({ text }) => text.length))
  const lines = [
    ...table.map(([name, value]) => `${name.padEnd(22)}${value.padStart(14)}`),
    '',
    ...claims.map((claim) => claimLine(claim, width)),
  ]
  return { text: lines.join('\n'), proven }
}

function prove({ sales, till, stock }: Day): Claim[] {
  const lines = [...stock.lines.values()]
  const articles = Object.entries(till.sold)
  const notes = Object.entries(till.deliveries)
  return [
    {
      text: 'sales of the till that the stock service knows',
      found: new Set(lines.map(({ sale }) => sale)).size,
      expected: sales,
    },
    { text: 'lines of them, each booked once', found: lines.length, expected: till.lines },
    {
      text: 'revenue in cents',
      found: sumOf(lines, ({ quantity, cents }) => quantity * cents),
      expected: till.revenue,
    },
    {
      text: 'articles of which both have the same number',
      found: articles.filter(([article, sold]) => sumOf(lines, (line) => quantityOf(line, article)) === sold).length,
      expected: articles.length,
    },
    {
      text: 'deliveries that the till knows, the same',
      found: notes.filter(([number, note]) => stock.deliveries.get(number) === note).length,
      expected: stock.deliveries.size,
    },
    // A question whose broker dies may be answered twice.
    {
      text: 'questions of the till that were answered',
      found: Math.min(stock.answered, till.asked),
      expected: till.asked,
    },
  ]
}

function quantityOf(line: Line, article: string): number {
  return line.article === article ? line.quantity : 0
}

function sumOf(lines: readonly Line[], amountOf: (line: Line) => number): number {
  return lines.reduce((sum, line) => sum + amountOf(line), 0)
}

function holds({ found, expected }: Claim): boolean {
  return found === expected
}

function claimLine(claim: Claim, width: number): string {
  const [mark, sign] = holds(claim) ? ['ok   ', '='] : ['WRONG', '≠']
  return `${mark} ${claim.text.padEnd(width)}${whole(claim.found).padStart(14)} ${sign} ${whole(claim.expected)}`
}

function whole(value: number): string {
  return value.toLocaleString('en')
}
