import { parseArgs } from 'node:util'
import { measureFailoverTime } from './failover-time.ts'
import { machine, type Result, runSuite, type Suite, table } from './harness.ts'
import { measureOpenWire } from './openwire.ts'
import { measureReconnectStorm } from './reconnect-storm.ts'
import { suites } from './suites/index.ts'

/** What starts brokers of its own, and has options of its own. */
const PROGRAMS: Readonly<Record<string, (args: string[]) => Promise<void>>> = {
  'failover-time': measureFailoverTime,
  'reconnect-storm': measureReconnectStorm,
  openwire: measureOpenWire,
}

const HELP = `Measures what polymq costs.

  npm run bench -- [options] [SUITE…]      the beginning of a name chooses all that begin like that
  npm run bench -- PROGRAM [options]       ${Object.keys(PROGRAMS).join(', ')}: --help tells more

  --broker URI    also runs the suites that need a broker, on this one; those of the URI's protocol
  --rounds N      of each contender, 3 by default
  --json          instead of tables
  --help

Suites: ${suites.map(({ name, needsBroker }) => (needsBroker === false ? name : `${name} (${needsBroker})`)).join(', ')}`

const [name = '', ...others] = process.argv.slice(2)
try {
  await (PROGRAMS[name]?.(others) ?? measureSuites())
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

async function measureSuites(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      broker: { type: 'string', default: '' },
      rounds: { type: 'string', default: '3' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const { broker, json } = values
  const chosen = chooseSuites(positionals, broker)
  const info = machine()
  if (!json) console.log(`Node ${info.node}, ${info.cpu}, load ${info.load}, ${info.date}`)
  const results: Result[] = []
  for (const suite of chosen) {
    const result = await runSuite(suite, positiveInteger(values.rounds), { broker })
    results.push(result)
    if (!json) console.log(`\n${table(result)}`)
  }
  if (json) console.log(JSON.stringify({ machine: info, results }, undefined, 2))
}

/** Those named; without names all, except those that need a broker when there is none. */
function chooseSuites(names: readonly string[], broker: string): typeof suites {
  const unknown = names.find((name) => !suites.some((suite) => suite.name.startsWith(name)))
  if (unknown !== undefined)
    throw new Error(`no suite ${unknown}; there are ${suites.map(({ name }) => name).join(', ')}`)
  const chosen = suites.filter(({ name, needsBroker, onlyByName = false }) =>
    names.length > 0 ? names.some((start) => name.startsWith(start)) : !onlyByName && isFor(broker, needsBroker),
  )
  const lacking = chosen.find(({ needsBroker }) => !isFor(broker, needsBroker))
  if (lacking !== undefined) {
    throw new Error(`${lacking.name} needs --broker ${lacking.needsBroker}://USER:PASSWORD@HOST`)
  }
  return chosen
}

/** `amqps:` and `stomp+ssl:` are of these protocols, too. */
function isFor(broker: string, protocol: Suite['needsBroker']): boolean {
  return protocol === false || broker.startsWith(protocol)
}

function positiveInteger(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--rounds takes a whole number above 0, not ${text}`)
}
