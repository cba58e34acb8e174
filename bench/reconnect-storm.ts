/** How a thousand connections come back to a broker that was killed and started again. */
import { type ChildProcess, fork } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { connect, queue } from 'polymq'
import { isBrokerName } from '../test/brokers/catalogue.ts'
import { type Broker, startBroker } from '../test/brokers/index.ts'
import { answersGreeting } from '../test/brokers/readiness.ts'
import type { Storm } from './failover/storm-process.ts'
import { machine, median, whole } from './harness.ts'

const HELP = `Kills a broker that has many connections, starts it again, and tells how they come back.
The package must have been built, and test/brokers/setup.sh have run.

  npm run bench -- reconnect-storm [options]

  --broker NAME        rabbitmq by default, or activemq, artemis
  --connections N      1,000 by default
  --processes N        that have them, 4 by default
  --down MS            from the kill to the start, 5,000 by default
  --options QUERY      of each connection's failover: URI, such as jitter=0.25
  --help`

const PROCESS = fileURLToPath(new URL('failover/storm-process.ts', import.meta.url))

/** ms of one line of the histogram. */
const BUCKET = 500
/** Attempts that one mark of a line stands for, and the longest line. */
const ATTEMPTS_A_MARK = 10
const LONGEST = 60
const PROBED_EVERY = 50
const QUEUE = 'bench.storm'

interface Settings {
  /** Of a process. */
  readonly connectionsEach: number
  readonly processes: number
  readonly down: number
  readonly options: string
}

export async function measureReconnectStorm(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      broker: { type: 'string', default: 'rabbitmq' },
      connections: { type: 'string', default: '1000' },
      processes: { type: 'string', default: '4' },
      down: { type: 'string', default: '5000' },
      options: { type: 'string', default: '' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const { node, cpu, load, date } = machine()
  console.log(`Node ${node}, ${cpu}, load ${load}, ${date}`)
  if (!isBrokerName(values.broker)) throw new Error(`there is no test broker ${values.broker}`)
  const broker = await startBroker(values.broker, { keep: false })
  try {
    await measure(broker, {
      connectionsEach: Math.ceil(Number(values.connections) / Number(values.processes)),
      processes: Number(values.processes),
      down: Number(values.down),
      options: values.options,
    })
  } finally {
    await broker.stop()
  }
}

async function measure(broker: Broker, settings: Settings): Promise<void> {
  const { connectionsEach, processes, down, options } = settings
  const uri = `failover:(${broker.uri('amqp')})${options === '' ? '' : `?${options}`}`
  await makeQueue(uri)
  const args = [uri, QUEUE, String(connectionsEach)]
  const children = Array.from({ length: processes }, () => fork(PROCESS, args))
  try {
    await Promise.all(children.map((child) => messageOf(child)))
    await broker.writeTopology()
    const storms = Promise.all(children.map((child) => messageOf(child) as Promise<Storm>))
    for (const child of children) child.send('watch')
    const killed = Date.now()
    await broker.kill()
    await pause(down)
    const started = broker.start()
    const up = await answering(broker)
    await started
    console.log(report(await storms, { killed, up, broker: broker.name, ...settings }).join('\n'))
  } finally {
    for (const child of children) child.kill()
  }
}

/** RabbitMQ fails when several want to make a queue at the same moment. */
async function makeQueue(uri: string): Promise<void> {
  await using connection = await connect(uri)
  await connection.send(queue(QUEUE), 'first')
}

function messageOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (status) => reject(new Error(`a process with connections has ended with ${status}`)))
  })
}

/** When it has first answered in AMQP; ms since the epoch. */
async function answering(broker: Broker): Promise<number> {
  while (!(await answersGreeting({ host: broker.host, port: broker.port('amqp'), greeting: 'amqp' }))) {
    await pause(PROBED_EVERY)
  }
  return Date.now()
}

interface Course extends Settings {
  readonly broker: string
  readonly killed: number
  readonly up: number
}

function report(storms: readonly Storm[], { broker, killed, up, down }: Course): string[] {
  const attempts = storms.flatMap((storm) => storm.attempts)
  const resumed = storms.flatMap((storm) => storm.resumed)
  const perConnection = attempts.map(({ length }) => length)
  const cpu = storms.reduce((sum, storm) => sum + storm.cpu, 0)
  const total = perConnection.reduce((sum, count) => sum + count, 0)
  const connections = resumed.length
  const last = Math.max(...resumed)
  return [
    `reconnect-storm: ${whole(connections)} connections to ${broker}, killed, and started after ${whole(down)} ms`,
    ...histogram({
      attempts: attempts.flat().map((time) => time - killed),
      resumed: resumed.map((time) => time - killed),
      up: up - killed,
    }),
    `  it answers ${whole(up - killed)} ms after the kill; connections are back after that: median ${whole(median(resumed) - up)} ms, last ${whole(last - up)} ms`,
    `  attempts of a connection: median ${whole(median(perConnection))}, most ${Math.max(...perConnection)}; all ${whole(total)}`,
    `  CPU of the clients: ${(cpu / 1_000 / connections).toFixed(2)} ms for each connection, ${Math.round(cpu / total)} µs for each attempt, ${(cpu / 10 / (last - killed)).toFixed(0)} % of a core meanwhile`,
  ]
}

interface Counted {
  readonly attempts: readonly number[]
  readonly resumed: readonly number[]
  readonly up: number
}

function histogram({ attempts, resumed, up }: Counted): string[] {
  const bucketOf = (time: number): number => Math.floor(time / BUCKET)
  const countIn = (times: readonly number[], bucket: number): number =>
    times.filter((time) => bucketOf(time) === bucket).length
  const buckets = Array.from({ length: bucketOf(Math.max(...resumed)) + 1 }, (_, bucket) => bucket)
  return [
    '       s  attempts  back',
    ...buckets.map((bucket) => {
      const tried = countIn(attempts, bucket)
      const cells = [
        ((bucket * BUCKET) / 1_000).toFixed(1).padStart(8),
        whole(tried).padStart(8),
        whole(countIn(resumed, bucket)).padStart(4),
        bar(tried) + (bucket === bucketOf(up) ? ' ← it answers' : ''),
      ]
      return cells.join('  ').trimEnd()
    }),
  ]
}

function bar(attempts: number): string {
  const marks = Math.ceil(attempts / ATTEMPTS_A_MARK)
  return marks > LONGEST ? `${'█'.repeat(LONGEST)}…` : '█'.repeat(marks)
}
