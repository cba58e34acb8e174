/** Starts the departments and a broker unless there is one, and proves at the end that nothing was lost or changed. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Connection, type ConnectOptions, connect, topic } from 'polymq'
import { Auditor } from './auditor.ts'
import { runFinance, setUpFinance } from './finance.ts'
import { Logistics } from './logistics.ts'
import { report } from './report.ts'

const HELP = `Finance in Python and logistics on polymq exchange invoices and shipments through RabbitMQ, and an auditor gets a
copy of each. At the end a table proves that every message arrived as it was sent.

  npm run departments -- [options]

  --finance CLIENT     pika (AMQP 0-9-1, the default) or proton (AMQP 1.0)
  --logistics VERSION  of AMQP that logistics uses: 1.0 (the default) or 0-9-1; the auditor uses the other one
  --broker URI         amqp://USER:PASSWORD@HOST[:PORT] or amqps://… of RabbitMQ 4; by default one in a container
  --invoices N         300 by default
  --allow-plaintext    permits amqp:// to another machine
  --help`

/** ms that the auditor and the last answers may take when finance is done. */
const AFTERWARDS = 10_000

interface Settings {
  readonly finance: 'pika' | 'proton'
  readonly logistics: '1.0' | '0-9-1'
  readonly broker: string | undefined
  readonly invoices: number
  readonly connectOptions: ConnectOptions
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
  await setUpFinance()
  await using cleanUp = new AsyncDisposableStack()
  const { uri, stop } =
    settings.broker === undefined ? await startRabbitmq() : { uri: settings.broker, stop: undefined }
  if (stop !== undefined) cleanUp.defer(stop)
  return await run(settings, uri)
}

function readSettings(): Settings | undefined {
  const { values } = parseArgs({
    options: {
      finance: { type: 'string', default: 'pika' },
      logistics: { type: 'string', default: '1.0' },
      broker: { type: 'string' },
      invoices: { type: 'string', default: '300' },
      'allow-plaintext': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const invoices = Number(values.invoices)
  if (!Number.isInteger(invoices) || invoices < 1 || invoices > 99_999) {
    throw new Error(`--invoices takes a whole number from 1 to 99999, not ${values.invoices}`)
  }
  return {
    finance: oneOf('--finance', values.finance, ['pika', 'proton']),
    logistics: oneOf('--logistics', values.logistics, ['1.0', '0-9-1']),
    broker: values.broker,
    invoices,
    connectOptions: { prefetch: 100, allowPlaintext: values['allow-plaintext'] },
  }
}

function oneOf<const T extends string>(option: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text)
  if (choice === undefined) throw new Error(`${option} takes ${choices.join(' or ')}, not ${text}`)
  return choice
}

async function run(settings: Settings, broker: string): Promise<number> {
  const name = `polymq-departments-${randomUUID().slice(0, 8)}`
  const topics = { invoices: topic(`${name}.invoices`), shipments: topic(`${name}.shipments`) }
  const auditing = settings.logistics === '1.0' ? '0-9-1' : '1.0'
  await using auditorsConnection = await connectTo(broker, auditing, { ...settings, clientId: `${name}-auditor` })
  await using logisticsConnection = await connectTo(broker, settings.logistics, settings)
  const auditor = await Auditor.open(auditorsConnection, topic(`${name}.>`))
  const logistics = await Logistics.open(logisticsConnection, topics)
  const { peer } = logisticsConnection
  const financeSpeaks = settings.finance === 'pika' ? '0-9-1' : '1.0'
  say(
    `${settings.invoices} invoices through ${peer.product} ${peer.version}: finance with ${settings.finance} on AMQP ` +
      `${financeSpeaks}, logistics with polymq on AMQP ${settings.logistics}, the auditor with polymq on AMQP ${auditing}`,
  )
  const started = performance.now()
  const stop = new AbortController()
  const finance = runFinance({
    client: settings.finance,
    broker,
    name,
    invoices: settings.invoices,
    signal: stop.signal,
  })
  finance.catch(() => {})
  try {
    const books = await Promise.race([finance, lossOf(logisticsConnection), lossOf(auditorsConnection)])
    const seconds = (performance.now() - started) / 1_000
    const audited = (): number => auditor.invoices.size + auditor.shipments.size
    await until(() => logistics.bookings.size >= settings.invoices && audited() >= 2 * settings.invoices)
    const { text, proven } = report({ expected: settings.invoices, finance: books, logistics, auditor, seconds })
    console.log(`\n${text}`)
    return proven ? 0 : 1
  } finally {
    stop.abort()
    await Promise.allSettled([logistics.close(), auditor.close()])
  }
}

/** Over this version of AMQP, also where the broker would rather speak the other one. */
async function connectTo(
  broker: string,
  version: string,
  { connectOptions, clientId }: { connectOptions: ConnectOptions; clientId?: string },
): Promise<Connection> {
  const separator = broker.includes('?') ? '&' : '?'
  const connection = await connect(`${broker}${separator}amqp.version=${version}`, {
    ...connectOptions,
    ...(clientId === undefined ? {} : { clientId }),
  })
  connection.on('error', (error) => say(error.message))
  connection.on('interrupted', (error) => say(`The broker is lost: ${error.message}`))
  connection.on('resumed', ({ endpoint }) => say(`Connected again, to ${endpoint}.`))
  return connection
}

async function startRabbitmq(): Promise<{ readonly uri: string; readonly stop: () => Promise<void> }> {
  say('Starting RabbitMQ in a container …')
  const { startBroker } = await import('../../test/brokers/index.ts')
  const broker = await startBroker('rabbitmq', { keep: false })
  return { uri: broker.uri('amqp'), stop: () => broker.stop() }
}

/** What has not come in this time is missing: the proof says so. */
async function until(isDone: () => boolean): Promise<void> {
  const end = performance.now() + AFTERWARDS
  while (!isDone() && performance.now() < end) await sleep(10)
}

function lossOf(connection: Connection): Promise<never> {
  return new Promise((_, reject) => connection.once('closed', (error) => error && reject(error)))
}

/** One line, however many the text has. */
function say(text: string): void {
  console.error(`departments: ${text.replace(/\s*\n\s*/g, ' ')}`)
}
