/**
 * Starts brokers for humans and benchmarks: `node test/brokers/run.ts activemq artemis` prints their URIs and
 * removes them at Ctrl-C. With POLYMQ_KEEP_BROKERS=1 it leaves them running; `--remove` ends all test brokers.
 */

import type { Broker } from './broker.ts'
import { type BrokerName, catalogue, isBrokerName, type PortName } from './catalogue.ts'
import { removeAll } from './ownership.ts'
import { keepsBrokers, startBrokers } from './start.ts'

const words = process.argv.slice(2)
const names = words.filter(isBrokerName)

try {
  if (words.length === 1 && words[0] === '--remove') await removeAll()
  else if (names.length > 0 && names.length === words.length) await run(names)
  else usage()
} catch (error) {
  print(error instanceof Error ? error.message : String(error))
  process.exitCode = 1
}

async function run(names: readonly BrokerName[]): Promise<void> {
  const brokers = await startBrokers(names)
  for (const broker of brokers) describe(broker)
  if (keepsBrokers()) return

  const remove = async (): Promise<void> => {
    await Promise.all(brokers.map((broker) => broker.stop()))
    process.exit()
  }
  process.once('SIGINT', remove)
  process.once('SIGTERM', remove)
  setInterval(() => undefined, 60_000)
}

function describe(broker: Broker): void {
  print(`\n${broker.name}`)
  for (const name of Object.keys(catalogue[broker.name].ports) as PortName[]) {
    print(`  ${name.padEnd(26)}${broker.uri(name)}`)
  }
}

function usage(): void {
  print(`usage: node test/brokers/run.ts --remove | BROKER…\nbrokers: ${Object.keys(catalogue).join(', ')}`)
  process.exitCode = 2
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
