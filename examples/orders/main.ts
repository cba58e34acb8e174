import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Connection, type ConnectOptions, connect, queue } from 'polymq'
import { INITIAL_STOCK, writeOrders } from './generate-orders.ts'
import { runInventory } from './inventory.ts'
import { report } from './report.ts'
import { Shop } from './shop.ts'
import { StockDatabase } from './stock-database.ts'

const HELP = `Sends a file of orders from a shop to an inventory service, and proves that each was handled exactly once.

  node examples/orders/main.ts [options]

  --broker URI         memory:orders by default, or amqp://USER:PASSWORD@HOST[:PORT], amqps://…
  --orders FILE        JSON lines; orders.jsonl beside this program by default, made when it is not there
  --rate N             orders a second at most; as fast as it goes by default
  --crash              the inventory service dies once between the database's commit and the broker's
  --allow-plaintext    permits amqp:// to another machine
  --help`

const ORDERS_FILE = fileURLToPath(new URL('orders.jsonl', import.meta.url))
/** ms without any progress after which the run is given up. */
const STALLED = 30_000

interface Settings {
  readonly broker: string
  readonly file: string
  readonly rate: number
  readonly crash: boolean
  readonly connectOptions: ConnectOptions
}

class SimulatedCrash extends Error {}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    say(`orders: ${error instanceof Error ? error.message : String(error)}`)
    process.exitCode = 1
  },
)

async function main(): Promise<number> {
  const settings = readSettings()
  if (settings === undefined) {
    console.log(HELP)
    return 0
  }
  const directory = mkdtempSync(join(tmpdir(), 'polymq-orders-'))
  const database = new StockDatabase(join(directory, 'stock.db'))
  try {
    database.addStock(INITIAL_STOCK)
    return await run(settings, database)
  } finally {
    database.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      broker: { type: 'string', default: 'memory:orders' },
      orders: { type: 'string', default: ORDERS_FILE },
      rate: { type: 'string', default: 'Infinity' },
      crash: { type: 'boolean', default: false },
      'allow-plaintext': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  // A broker that is killed may take longer to be there again than a send waits by default.
  const connectOptions = { prefetch: 200, allowPlaintext: values['allow-plaintext'], sendTimeout: 120_000 }
  const rate = Number(values.rate)
  if (!(rate > 0)) throw new Error(`--rate takes a number of orders a second, not ${values.rate}`)
  return { broker: values.broker, file: values.orders, rate, crash: values.crash, connectOptions }
}

async function run(settings: Settings, database: StockDatabase): Promise<number> {
  const name = `polymq-orders-${randomUUID().slice(0, 8)}`
  const lines = readLines(settings.file, name)
  await using connection = await connectTo(settings)
  say(`${lines.size} orders through ${connection.peer.endpoint}, queue ${name}`)
  const shop = await Shop.open(connection, name)
  const stop = new AbortController()
  const inventory = keepInventory(settings, database, name, stop.signal)
  const started = performance.now()
  const finished = (): number => shop.answers.size + database.deadLetterCount()
  try {
    const everything = Promise.all([
      shop.place(lines, settings.rate),
      until(finished, lines.size, () => `sent ${shop.sent}, finished ${finished()} of ${lines.size}`, stop.signal),
    ])
    await Promise.race([everything, inventory, lossOf(connection)])
  } finally {
    stop.abort()
  }
  const seconds = (performance.now() - started) / 1_000
  await inventory
  const { text, proven } = report({
    lines,
    answers: shop.answers,
    repeatedAnswers: shop.repeated,
    redelivered: database.redelivered,
    rows: database.orders(),
    deadLetters: database.deadLetters(),
    stock: database.stock(),
    leftInQueue: await countLeft(connection, name),
    seconds,
  })
  console.log(`\n${text}`)
  return proven ? 0 : 1
}

/** The lines of the file, each with the correlation id it is sent under. */
function readLines(file: string, name: string): Map<string, string> {
  if (file === ORDERS_FILE && !existsSync(file)) writeOrders(file)
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
  return new Map(lines.map((line, index) => [`${name}-${index + 1}`, line]))
}

async function connectTo({ broker, connectOptions }: Settings): Promise<Connection> {
  const connection = await connect(broker, connectOptions)
  connection.on('error', (error) => say(`orders: ${error.message}`))
  connection.on('interrupted', (error) => say(`The broker is lost: ${error.message}`))
  connection.on('resumed', ({ endpoint }) => say(`Connected again, to ${endpoint}.`))
  return connection
}

/** Runs the inventory service on a connection of its own, and once more after it crashed. */
async function keepInventory(
  settings: Settings,
  database: StockDatabase,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  let crash = settings.crash
  const beforeBrokerCommit = (): void => {
    if (!crash || database.orders().length < 500) return
    crash = false
    throw new SimulatedCrash()
  }
  for (;;) {
    try {
      await using connection = await connectTo(settings)
      const queues = { orders: queue(name), deadLetters: queue(`${name}-dead`) }
      return await runInventory({ connection, database, ...queues, signal, beforeBrokerCommit })
    } catch (error) {
      if (!(error instanceof SimulatedCrash)) throw error
      say('The inventory service crashed after the commit of its database, and is started again.')
    }
  }
}

/** Resolves when the number is reached, or does not change any more: the proof then says what is missing. */
async function until(current: () => number, goal: number, progress: () => string, signal: AbortSignal): Promise<void> {
  let last = -1
  let changed = performance.now()
  let shown = changed
  while (last < goal && performance.now() - changed < STALLED && !signal.aborted) {
    await sleep(10)
    if (current() !== last) changed = performance.now()
    last = current()
    if (performance.now() - shown < 500 || last >= goal) continue
    shown = performance.now()
    say(progress())
  }
}

/** What the service should have taken off the queue, and has not. */
async function countLeft(connection: Connection, name: string): Promise<number> {
  await using session = await connection.createSession()
  const consumer = await session.createConsumer(queue(name))
  let left = 0
  while ((await consumer.receive({ timeout: 200 })) !== null) left += 1
  return left
}

function lossOf(connection: Connection): Promise<never> {
  return new Promise((_, reject) => connection.once('closed', (error) => error && reject(error)))
}

/** One line, however many the text has. */
function say(text: string): void {
  console.error(text.replace(/\s*\n\s*/g, ' '))
}
