/** Runs the till and the stock service for a day on a broker of one's own, then for a day on Amazon MQ, and compares their books. */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Connection, connect } from 'polymq'
import { amazonMq, given, onPremises, type Place } from './places.ts'
import { type Report, report } from './report.ts'
import { StockService } from './stock.ts'
import { runTill } from './till.ts'

const HELP = `A till in Java and a stock service in Node share one ActiveMQ over OpenWire, and move together from a single broker to an
active and a standby one with TLS, as Amazon MQ has them. Only the URI changes. At the end their books are compared.

  npm run retail -- [options]

  --sales N       in each place, 200 by default
  --broker URI    only on this one: tcp://…, ssl://… or failover:(…), with RETAIL_USER and RETAIL_PASSWORD in the environment
  --help`

interface Settings {
  readonly sales: number
  readonly broker: string | undefined
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  },
)

async function main(): Promise<number> {
  const settings = readSettings()
  if (settings === undefined) {
    console.log(HELP)
    return 0
  }
  const { broker, sales } = settings
  const places = broker === undefined ? [onPremises, amazonMq] : [async () => given(broker)]
  let proven = true
  for (const open of places) {
    if (broker === undefined) say('Starting ActiveMQ in containers …')
    const day = await dayIn(await open(), sales)
    proven &&= day.proven
  }
  console.log(`\n${proven ? 'Every sale was booked exactly once.' : 'NOT every sale was booked exactly once.'}`)
  return proven ? 0 : 1
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      sales: { type: 'string', default: '200' },
      broker: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const sales = Number(values.sales)
  if (!Number.isInteger(sales) || sales < 1 || sales > 100_000) {
    throw new Error(`--sales takes a whole number from 1 to 100000, not ${values.sales}`)
  }
  return { sales, broker: values.broker }
}

async function dayIn(place: Place, sales: number): Promise<Report> {
  try {
    const day = await work(place, sales)
    console.log(`\n${place.name}: ${place.uri}\n\n${day.text}`)
    return day
  } finally {
    await place.stop()
  }
}

/** Neither program knows where it is: they get a URI. */
async function work(place: Place, sales: number): Promise<Report> {
  const { uri, user, ca } = place
  const name = `polymq-retail-${randomUUID().slice(0, 8)}`
  const { username, password } = user
  const trust = ca === undefined ? {} : { tls: { ca: await readFile(ca, 'utf8') } }
  await using connection = await connect(uri, { username, password, ...trust })
  connection.on('error', (error) => say(error.message))
  connection.on('interrupted', (error) => say(`The broker is lost: ${error.message}`))
  connection.on('resumed', ({ endpoint }) => say(`Connected again, to ${endpoint}.`))
  const { product, version } = connection.peer
  say(`${sales} sales on ${product} ${version}, ${place.name}`)
  const killing = killAfter(place, sales)
  const stock = await StockService.open(connection, name, killing.count)
  const started = performance.now()
  const stop = new AbortController()
  const till = runTill({ broker: uri, user, ca, name, sales, signal: stop.signal })
  till.catch(() => {})
  try {
    const books = await Promise.race([till, lossOf(connection), killing.failed])
    const seconds = (performance.now() - started) / 1_000
    return report({ sales, till: books, stock, seconds, killed: killing.killed() })
  } finally {
    stop.abort()
  }
}

interface Killing {
  /** Is called after each line. */
  readonly count: () => void
  readonly killed: () => number
  /** Rejects when the broker cannot be killed. */
  readonly failed: Promise<never>
}

/** Kills the active broker in the middle of the day: a sale has two or three lines. */
function killAfter({ kill }: Place, lines: number): Killing {
  let fail = (_: unknown): void => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  let counted = 0
  let killed = 0
  const count = (): void => {
    counted += 1
    if (kill === undefined || counted !== lines) return
    killed += 1
    say('Killing the active broker …')
    kill().catch(fail)
  }
  return { count, killed: () => killed, failed }
}

function lossOf(connection: Connection): Promise<never> {
  return new Promise((_, reject) => connection.once('closed', (error) => error && reject(error)))
}

/** One line, however many the text has. */
function say(text: string): void {
  console.error(`retail: ${text.replace(/\s*\n\s*/g, ' ')}`)
}
