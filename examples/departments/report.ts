import {
  type Booking,
  type Copy,
  cents,
  type Invoice,
  isSame,
  moneyOf,
  type Receipt,
  type Shipment,
} from './messages.ts'

type Copies = ReadonlyMap<string, Copy>

/** What a department has at the end, by number of the invoice or shipment. */
export interface FinanceBooks {
  readonly invoices: Copies
  readonly shipments: Copies
  readonly receipts: ReadonlyMap<string, Receipt>
  readonly repeated: number
}

export interface LogisticsBooks {
  readonly invoices: Copies
  readonly shipments: Copies
  readonly bookings: ReadonlyMap<string, Booking>
  readonly repeated: number
}

export interface AuditorBooks {
  readonly invoices: Copies
  readonly shipments: Copies
  readonly strays: readonly string[]
  readonly repeated: number
}

export interface Run {
  /** That finance should send. */
  readonly expected: number
  readonly finance: FinanceBooks
  readonly logistics: LogisticsBooks
  readonly auditor: AuditorBooks
  readonly seconds: number
}

export interface Report {
  readonly text: string
  readonly proven: boolean
}

interface Claim {
  readonly text: string
  readonly found: number | string
  readonly expected: number | string
}

/** The table at the end, and whether each message arrived as it was sent. */
export function report(run: Run): Report {
  const { finance, logistics, auditor, seconds } = run
  const claims = prove(run)
  const proven = claims.every(holds)
  const audited = auditor.invoices.size + auditor.shipments.size
  const answers = finance.receipts.size + logistics.bookings.size
  const repeated = finance.repeated + logistics.repeated + auditor.repeated
  const messages = 2 * (finance.invoices.size + logistics.shipments.size) + answers
  const table: [string, number | string][] = [
    ['invoices', finance.invoices.size],
    ['shipments', logistics.shipments.size],
    ['audited', audited],
    ['answers', answers],
    ['invoiced, EUR', moneyOf(sumOf(finance.invoices, invoiced))],
    ['freight, EUR', moneyOf(sumOf(logistics.shipments, freight))],
    ['delivered again', repeated],
    ['messages per second', Math.round(messages / seconds)],
  ]
  const width = Math.max(...claims.map(({ text }) => text.length))
  const lines = [
    ...table.map(([name, value]) => `${name.padEnd(22)}${shown(value).padStart(14)}`),
    '',
    ...claims.map((claim) => claimLine(claim, width)),
    '',
    proven ? 'Every message arrived exactly as it was sent.' : 'NOT every message arrived exactly as it was sent.',
  ]
  return { text: lines.join('\n'), proven }
}

function prove({ expected, finance, logistics, auditor }: Run): Claim[] {
  const { invoices } = finance
  const { shipments } = logistics
  const all = invoices.size + shipments.size
  return [
    { text: 'invoices sent by finance', found: invoices.size, expected },
    { text: 'that logistics has, the same', found: same(invoices, logistics.invoices), expected },
    { text: 'shipments sent by logistics, one for each invoice', found: invoicesOf(shipments), expected },
    { text: 'that finance has, the same', found: same(shipments, finance.shipments), expected },
    {
      text: 'copies of both that the auditor has, the same',
      found: same(invoices, auditor.invoices) + same(shipments, auditor.shipments),
      expected: all,
    },
    { text: 'receipts of logistics, with the total of the invoice', found: receipted(finance), expected },
    { text: 'bookings of finance, with the balance of the shipment', found: booked(finance, logistics), expected },
    {
      text: 'EUR invoiced, as the auditor and finance add it up',
      found: moneyOf(sumOf(auditor.invoices, invoiced)),
      expected: moneyOf(sumOf(invoices, invoiced)),
    },
    {
      text: 'messages that nobody sent',
      found: strangers(finance, logistics, auditor),
      expected: 0,
    },
  ]
}

/** How many arrived as they were sent: body, correlation id, and properties with their types. */
function same(sent: Copies, received: Copies): number {
  return [...sent].filter(([number, copy]) => isSame(copy, received.get(number))).length
}

function invoicesOf(shipments: Copies): number {
  return new Set([...shipments.values()].map(({ body }) => (body as Shipment).invoice)).size
}

function receipted({ invoices, receipts }: FinanceBooks): number {
  return [...invoices].filter(([number, { body }]) => receipts.get(number)?.total === (body as Invoice).total).length
}

function booked({ invoices }: FinanceBooks, { shipments, bookings }: LogisticsBooks): number {
  return [...shipments].filter(([number, { body }]) => {
    const total = invoices.get((body as Shipment).invoice)
    const balance = bookings.get(number)?.balance
    return total !== undefined && balance === moneyOf(invoiced(total.body) + freight(body))
  }).length
}

function strangers(finance: FinanceBooks, logistics: LogisticsBooks, auditor: AuditorBooks): number {
  const unknown = (received: Copies, sent: Copies): number =>
    [...received.keys()].filter((number) => !sent.has(number)).length
  return (
    auditor.strays.length +
    unknown(logistics.invoices, finance.invoices) +
    unknown(auditor.invoices, finance.invoices) +
    unknown(finance.shipments, logistics.shipments) +
    unknown(auditor.shipments, logistics.shipments)
  )
}

function sumOf(copies: Copies, amountOf: (body: unknown) => bigint): bigint {
  let sum = 0n
  for (const { body } of copies.values()) sum += amountOf(body)
  return sum
}

function invoiced(body: unknown): bigint {
  return cents((body as Invoice).total)
}

function freight(body: unknown): bigint {
  return cents((body as Shipment).freight)
}

function holds({ found, expected }: Claim): boolean {
  return found === expected
}

function claimLine(claim: Claim, width: number): string {
  const [mark, sign] = holds(claim) ? ['ok   ', '='] : ['WRONG', '≠']
  return `${mark} ${claim.text.padEnd(width)}${shown(claim.found).padStart(14)} ${sign} ${shown(claim.expected)}`
}

/** Money is text already. */
function shown(value: number | string): string {
  return typeof value === 'number' ? value.toLocaleString('en') : value.replace(/\B(?=(\d{3})+\.)/g, ',')
}
