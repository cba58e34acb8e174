/** polymq's OpenWire beside Java's activemq-client, stompit and rhea, on one ActiveMQ Classic that is started for it. */
import { parseArgs } from 'node:util'
import { startBroker } from '../test/brokers/index.ts'
import { machine, runSuite, table } from './harness.ts'
import { openwireCodec } from './suites/openwire-codec.ts'
import { openwireThroughput } from './suites/openwire-throughput.ts'

const HELP = `Measures OpenWire on an ActiveMQ Classic in a container. The package must have been built, and test/brokers/setup.sh have run.

  npm run bench -- openwire [options]

  --rounds N   of each contender, 3 by default
  --help`

export async function measureOpenWire(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: 'string', default: '3' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds takes a whole number above 0, not ${values.rounds}`)
  const { node, cpu, load, date } = machine()
  console.log(`Node ${node}, ${cpu}, load ${load}, ${date}`)
  console.log(`\n${table(await runSuite(openwireCodec, rounds, { broker: '' }))}`)
  // Of one's own: it confirms a persistent message when that is on its disk, as ActiveMQ does by default.
  const broker = await startBroker('activemq', { keep: false, fast: true })
  try {
    const uris = (['openwire', 'stomp', 'amqp'] as const).map((port) => broker.uri(port))
    console.log(`\n${table(await runSuite(openwireThroughput, rounds, { broker: uris.join(',') }))}`)
  } finally {
    await broker.stop()
  }
  console.log(`  load ${machine().load} at the end`)
}
