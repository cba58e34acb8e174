/** How long polymq and Qpid JMS are without a broker when the active one of a pair of ActiveMQ Classic is killed. */
import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Broker, type BrokerPair, startPair, user } from '../test/brokers/index.ts'
import { ClientProcess, type Recovery } from './failover/client-process.ts'
import { Gate } from './failover/gate.ts'
import { aligned, machine, median, whole } from './harness.ts'

const HELP = `Measures the time from the kill of an active broker to the first work done with its standby.
The package must have been built, and test/brokers/setup.sh have run.

  npm run bench -- failover-time [options]

  --kills N                  that count, 20 by default; one before them warms up
  --spread MS                the standby's port opens by up to so much later than it could, each time another part of
                             it; 10,000 by default, which is how often a standby of ActiveMQ looks for the lock
  --max-reconnect-delay MS   of both clients; without it both are at their defaults
  --help`

const JARS = fileURLToPath(new URL('../test/brokers/.cache/qpid-jms', import.meta.url))
const QPID_CLIENT = fileURLToPath(new URL('java/FailoverClient.java', import.meta.url))
const POLYMQ_CLIENT = fileURLToPath(new URL('failover/polymq-client.ts', import.meta.url))

/** ms between a confirmation and the next send. */
const PACE = '20'
/** ms that both work before a kill. polymq counts a connection of less than ten seconds as one that did not hold. */
const STEADY = 11_000
/** Messages each way by which a client is warm. */
const WARM = 200
/** ms for a client to start, or to find the standby. */
const LIMIT = 120_000
/** Multiples of it, less their whole part, fill the space from 0 to 1 evenly. */
const GOLDEN = 0.618034

interface Settings {
  readonly kills: number
  readonly spread: number
  readonly maxReconnectDelay: string | undefined
}

/** All in ms from the kill. */
interface Kill {
  /** The standby's port opened. */
  readonly opened: number
  /** Of each client. */
  readonly recoveries: readonly Recovery[]
}

/** A pair whose standby refuses connections. */
interface GatedPair {
  readonly pair: BrokerPair
  readonly gates: ReadonlyMap<Broker, Gate>
}

export async function measureFailoverTime(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: 'string', default: '20' },
      spread: { type: 'string', default: '10000' },
      'max-reconnect-delay': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  if (!existsSync(JARS)) throw new Error(`there is no ${JARS}; run test/brokers/setup.sh`)
  const { node, cpu, load, date } = machine()
  console.log(`Node ${node}, ${cpu}, load ${load}, ${date}`)
  const pair = await startPair()
  try {
    await measure(pair, {
      kills: Number(values.kills),
      spread: Number(values.spread),
      maxReconnectDelay: values['max-reconnect-delay'],
    })
  } finally {
    await pair.remove()
  }
  console.log(`  load ${machine().load} at the end`)
}

async function measure(pair: BrokerPair, { kills: count, spread, maxReconnectDelay }: Settings): Promise<void> {
  const gates = new Map<Broker, Gate>()
  for (const broker of pair.brokers) gates.set(broker, await Gate.to(broker.host, broker.port('amqp')))
  const gated = { pair, gates }
  await gates.get(await pair.active())?.open()
  await using polymq = polymqOn(gated, maxReconnectDelay)
  await using qpid = qpidOn(gated, maxReconnectDelay)
  const clients = [polymq, qpid]
  for (const client of clients) await client.works(WARM, LIMIT)
  const kills: Kill[] = []
  for (let number = 0; number <= count; number += 1) {
    await pause(STEADY)
    const kill = await killActive(gated, clients, spread * ((number * GOLDEN) % 1))
    console.log(lineOf(number, kill, clients))
    if (number > 0) kills.push(kill)
  }
  for (const gate of gates.values()) gate.close()
  const options = maxReconnectDelay === undefined ? 'their defaults' : `maxReconnectDelay ${maxReconnectDelay} ms`
  console.log(`\nfailover-time: ${count} kills of the active of two ActiveMQ Classic; both clients at ${options}`)
  console.log(summary(kills, clients).join('\n'))
}

function polymqOn({ gates }: GatedPair, maxReconnectDelay: string | undefined): ClientProcess {
  const query = maxReconnectDelay === undefined ? '' : `?maxReconnectDelay=${maxReconnectDelay}`
  const uri = `failover:(${urisOf(gates, `${user.username}:${user.password}@`)})${query}`
  return new ClientProcess('polymq', process.execPath, [POLYMQ_CLIENT, uri, 'bench.failover.polymq', PACE])
}

function qpidOn({ gates }: GatedPair, maxReconnectDelay: string | undefined): ClientProcess {
  const query = maxReconnectDelay === undefined ? '' : `?failover.maxReconnectDelay=${maxReconnectDelay}`
  const args = [`failover:(${urisOf(gates)})${query}`, user.username, user.password, 'bench.failover.qpid', PACE]
  return new ClientProcess('Qpid JMS', 'java', ['-cp', `${JARS}/*`, QPID_CLIENT, ...args])
}

function urisOf(gates: ReadonlyMap<Broker, Gate>, login = ''): string {
  return [...gates.values()].map(({ port }) => `amqp://${login}127.0.0.1:${port}`).join(',')
}

async function killActive({ pair, gates }: GatedPair, clients: readonly ClientProcess[], late: number): Promise<Kill> {
  const active = await pair.active()
  for (const client of clients) client.forget()
  gates.get(active)?.close()
  const killed = Date.now()
  await pair.kill(active)
  const recovering = Promise.all(clients.map((client) => client.recovery(LIMIT)))
  const standby = await pair.active()
  await pause(late)
  await gates.get(standby)?.open()
  const opened = Date.now() - killed
  const recoveries = await recovering
  await pair.start(active)
  return { opened, recoveries: recoveries.map((recovery) => since(killed, recovery)) }
}

function since(killed: number, { lost, confirmed, delivered }: Recovery): Recovery {
  return { lost: lost - killed, confirmed: confirmed - killed, delivered: delivered - killed }
}

function lineOf(number: number, { opened, recoveries }: Kill, clients: readonly ClientProcess[]): string {
  const parts = recoveries.map(
    ({ lost, confirmed, delivered }, at) =>
      `${clients[at]?.name}: lost ${whole(lost)}, confirmed ${whole(confirmed)}, delivered ${whole(delivered)}`,
  )
  return `${number === 0 ? 'warm-up' : `kill ${number}`}: open ${whole(opened)}; ${parts.join('; ')}`
}

function summary(kills: readonly Kill[], clients: readonly ClientProcess[]): string[] {
  const of = (client: number, time: (recovery: Recovery, kill: Kill) => number): number[] =>
    kills.map((kill) => time(kill.recoveries[client] as Recovery, kill))
  const medianAndWorst = (values: readonly number[]): string[] => [median(values), Math.max(...values)].map(whole)
  const rows = clients.map(({ name }, client) => [
    name,
    ...medianAndWorst(of(client, ({ lost }) => lost)),
    ...medianAndWorst(of(client, ({ confirmed }) => confirmed)),
    ...medianAndWorst(of(client, ({ delivered }) => delivered)),
    ...medianAndWorst(of(client, ({ confirmed }, { opened }) => confirmed - opened)),
  ])
  const opened = medianAndWorst(kills.map((kill) => kill.opened))
  const sooner = kills.filter(
    ({ recoveries: [polymq, qpid] }) => (polymq?.confirmed ?? 0) < (qpid?.confirmed ?? 0),
  ).length
  const goal = (what: 'confirmed' | 'delivered'): string => {
    const [polymq = 0, qpid = 0] = clients.map((_, client) => median(of(client, (recovery) => recovery[what])))
    return `  ${polymq <= qpid ? 'met   ' : 'MISSED'} first ${what}: polymq no later than Qpid JMS, medians`
  }
  return [
    ...aligned([
      ['ms from the kill', 'loss seen', 'worst', 'confirmed', 'worst', 'delivered', 'worst', 'after opening', 'worst'],
      ...rows,
    ]),
    `  the standby's port opened after ${opened[0]}, at worst ${opened[1]}; polymq was the sooner one at ${sooner} of ${kills.length} kills`,
    goal('confirmed'),
    goal('delivered'),
  ]
}
