import { parseArgs } from 'node:util'
import type { BrokerName, PairName } from '../brokers/index.ts'
import { PROTOCOLS, type Protocol, protocolsOf } from '../failover/protocols.ts'
import type { Totals } from './checker.ts'
import { SMALLEST_CROWD, USUAL_CROWD } from './lanes.ts'
import { anySeed } from './random.ts'
import { complaint, runChaos } from './run-chaos.ts'
import {
  brokerTarget,
  type ChaosProtocol,
  chaosProtocolsOf,
  clusterTarget,
  embeddedTarget,
  pairTarget,
  type Target,
} from './targets.ts'

const HELP = `Sends and consumes while a broker and the network before it fail, and checks the history.

  npm run chaos -- [options]

  --broker NAME   activemq, the default, artemis, rabbitmq or mosquitto, in a container of its own; activemq-pair,
                  artemis-pair; rabbitmq-cluster; or memory
  --protocol NAME amqp, the default, amqp091 (RabbitMQ only), stomp, or mqtt (not on ActiveMQ Classic)
  --minutes N     1 by default
  --seed N        one of its own by default
  --producers N   ${USUAL_CROWD.producers} by default, ${SMALLEST_CROWD.producers} at least
  --consumers N   ${USUAL_CROWD.consumers} by default, ${SMALLEST_CROWD.consumers} at least
  --help`

interface Runnable {
  readonly protocols: readonly ChaosProtocol[]
  start(by: ChaosProtocol): Promise<Target>
}

/** What a run can be made against. */
const TARGETS: Readonly<Record<string, Runnable>> = {
  activemq: single('activemq'),
  artemis: single('artemis'),
  rabbitmq: single('rabbitmq'),
  mosquitto: single('mosquitto'),
  'activemq-pair': pair('activemq'),
  'artemis-pair': pair('artemis'),
  'rabbitmq-cluster': { protocols: ['amqp', 'amqp091'], start: (protocol) => clusterTarget(protocol as Protocol) },
  memory: { protocols: PROTOCOLS, start: async () => embeddedTarget() },
}

try {
  await main()
} catch (error) {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}

function single(name: BrokerName): Runnable {
  return { protocols: chaosProtocolsOf(name), start: (protocol) => brokerTarget(name, protocol) }
}

function pair(name: PairName): Runnable {
  return { protocols: protocolsOf(name), start: (protocol) => pairTarget(name, protocol as Protocol) }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      broker: { type: 'string', default: 'activemq' },
      protocol: { type: 'string', default: 'amqp' },
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(anySeed()) },
      producers: { type: 'string', default: String(USUAL_CROWD.producers) },
      consumers: { type: 'string', default: String(USUAL_CROWD.consumers) },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const duration = positive('minutes', values.minutes) * 60_000
  const seed = positive('seed', values.seed)
  const crowd = {
    producers: countOf('producers', values.producers, SMALLEST_CROWD.producers),
    consumers: countOf('consumers', values.consumers, SMALLEST_CROWD.consumers),
  }
  const target = await targetOf(values.broker, values.protocol)
  const remove = async (): Promise<void> => {
    await target.close()
    process.exit(130)
  }
  process.once('SIGINT', remove)
  process.once('SIGTERM', remove)
  console.log(`${target.name}, seed ${seed}`)
  try {
    const result = await runChaos({ target, seed, duration, crowd, progress: (line) => console.log(line) })
    console.log(`\n${table(result.totals)}`)
    const text = complaint(result, seed)
    if (text === undefined) return
    console.error(`\n${text}`)
    process.exitCode = 1
  } finally {
    await target.close()
    process.off('SIGINT', remove)
    process.off('SIGTERM', remove)
  }
}

async function targetOf(name: string, protocolName: string): Promise<Target> {
  const target = Object.hasOwn(TARGETS, name) ? TARGETS[name] : undefined
  if (target === undefined) throw new Error(`--broker takes ${Object.keys(TARGETS).join(', ')}, not ${name}`)
  const protocol = target.protocols.find((one) => one === protocolName)
  if (protocol !== undefined) return target.start(protocol)
  throw new Error(`--protocol takes ${target.protocols.join(' or ')} with ${name}, not ${protocolName}`)
}

function countOf(option: string, text: string, least: number): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= least) return count
  throw new Error(`--${option} takes a whole number of at least ${least}, not ${text}`)
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (value > 0) return value
  throw new Error(`--${option} takes a number above 0, not ${text}`)
}

function table({ faults, longestOutage, ...counts }: Totals): string {
  const rows: [string, string][] = [
    ...Object.entries(counts).map(([name, count]): [string, string] => [name, String(count)]),
    ...Object.entries(faults).map(([kind, count]): [string, string] => [`fault: ${kind}`, String(count)]),
    ['longest outage', `${longestOutage} ms`],
  ]
  return rows.map(([name, value]) => `${name.padEnd(20)}${value.padStart(10)}`).join('\n')
}
