import { parseArgs } from 'node:util'
import { isBrokerName } from '../brokers/catalogue.ts'
import { PROTOCOLS } from '../failover/protocols.ts'
import type { Totals } from './checker.ts'
import { anySeed } from './random.ts'
import { complaint, runChaos } from './run-chaos.ts'
import { brokerTarget, embeddedTarget, type Target } from './targets.ts'

const HELP = `Sends and consumes while a broker and the network before it fail, and checks the history.

  npm run chaos -- [options]

  --broker NAME   activemq, artemis, rabbitmq, or memory, the default
  --protocol NAME amqp, the default, amqp091 (RabbitMQ only) or stomp
  --minutes N     1 by default
  --seed N        one of its own by default
  --help`

try {
  await main()
} catch (error) {
  console.error(`chaos: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 2
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      broker: { type: 'string', default: 'memory' },
      protocol: { type: 'string', default: 'amqp' },
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(anySeed()) },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const duration = positive('minutes', values.minutes) * 60_000
  const seed = positive('seed', values.seed)
  const target = await targetOf(values.broker, values.protocol)
  const remove = async (): Promise<void> => {
    await target.close()
    process.exit(130)
  }
  process.once('SIGINT', remove)
  process.once('SIGTERM', remove)
  console.log(`${target.name}, seed ${seed}`)
  try {
    const result = await runChaos({ target, seed, duration, progress: (line) => console.log(line) })
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
  if (name === 'memory') return embeddedTarget()
  const protocol = PROTOCOLS.find((one) => one === protocolName)
  if (protocol === undefined) throw new Error(`--protocol takes ${PROTOCOLS.join(' or ')}, not ${protocolName}`)
  if (isBrokerName(name) && name !== 'mosquitto') return brokerTarget(name, protocol)
  throw new Error(`--broker takes activemq, artemis, rabbitmq or memory, not ${name}`)
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
