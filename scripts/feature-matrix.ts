/**
 * Writes the feature × broker matrix into README.md, from the tables that `connection.capabilities` is made of.
 * With --check it changes nothing and fails when README.md says something else.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Capabilities, FEATURES } from '../src/provider/capabilities.ts'
import {
  ACTIVEMQ_CAPABILITIES,
  ARTEMIS_CAPABILITIES,
  RABBITMQ_CAPABILITIES,
} from '../src/providers/amqp10/capabilities.ts'
import { RABBITMQ_CAPABILITIES as RABBITMQ_OVER_AMQP_091 } from '../src/providers/amqp091/capabilities.ts'
import { MEMORY_CAPABILITIES } from '../src/providers/memory/capabilities.ts'
import {
  ARTEMIS_CAPABILITIES as ARTEMIS_OVER_MQTT,
  ENVELOPE_CAPABILITIES,
  MOSQUITTO_CAPABILITIES,
  RABBITMQ_CAPABILITIES as RABBITMQ_OVER_MQTT,
} from '../src/providers/mqtt/capabilities.ts'
import {
  ACTIVEMQ_CAPABILITIES as ACTIVEMQ_OVER_OPENWIRE,
  ARTEMIS_CAPABILITIES as ARTEMIS_OVER_OPENWIRE,
} from '../src/providers/openwire/capabilities.ts'
import { ACTIVEMQ_CAPABILITIES as ACTIVEMQ_OVER_STOMP } from '../src/providers/stomp/activemq-capabilities.ts'
import { ARTEMIS_CAPABILITIES as ARTEMIS_OVER_STOMP } from '../src/providers/stomp/artemis-capabilities.ts'
import { RABBITMQ_CAPABILITIES as RABBITMQ_OVER_STOMP } from '../src/providers/stomp/rabbitmq-capabilities.ts'

const FILE = 'README.md'
const BEGIN = '<!-- feature matrix: npm run matrix writes it -->'
const END = '<!-- end of the feature matrix -->'

const COLUMNS: Readonly<Record<string, Capabilities>> = {
  'embedded broker': MEMORY_CAPABILITIES,
  'ActiveMQ Classic, AMQP 1.0': ACTIVEMQ_CAPABILITIES,
  'Artemis, AMQP 1.0': ARTEMIS_CAPABILITIES,
  'RabbitMQ, AMQP 1.0': RABBITMQ_CAPABILITIES,
  'RabbitMQ, AMQP 0-9-1': RABBITMQ_OVER_AMQP_091,
  'ActiveMQ Classic, OpenWire': ACTIVEMQ_OVER_OPENWIRE,
  'Artemis, OpenWire': ARTEMIS_OVER_OPENWIRE,
  'ActiveMQ Classic, STOMP': ACTIVEMQ_OVER_STOMP,
  'Artemis, STOMP': ARTEMIS_OVER_STOMP,
  'RabbitMQ, STOMP': RABBITMQ_OVER_STOMP,
  'Mosquitto, MQTT 5': MOSQUITTO_CAPABILITIES,
  'Artemis, MQTT 5': ARTEMIS_OVER_MQTT,
  'RabbitMQ, MQTT 5': RABBITMQ_OVER_MQTT,
  'ActiveMQ Classic, MQTT 3.1.1 with an envelope': ENVELOPE_CAPABILITIES,
}

const SYMBOLS = { native: '✓', emulated: '(✓)', unsupported: '—' } as const

const text = readFileSync(FILE, 'utf8')
const begin = text.indexOf(BEGIN)
const end = text.indexOf(END)
if (begin < 0 || end < begin) throw new Error(`${FILE} has no place for the feature matrix: ${BEGIN} … ${END}`)
const updated = `${text.slice(0, begin)}${BEGIN}\n${matrix()}${text.slice(end)}`

const isCurrent = unformatted(updated) === unformatted(text)

if (!isCurrent && process.argv.includes('--check')) {
  console.error(`the feature matrix in ${FILE} is not what the tables say; run npm run matrix`)
  process.exitCode = 1
} else if (!isCurrent) {
  writeFileSync(FILE, updated)
}

function matrix(): string {
  const tables = Object.values(COLUMNS)
  const rows = [
    ['feature', ...Object.keys(COLUMNS)],
    ['---', ...tables.map(() => ':---:')],
    ...FEATURES.map((feature) => [`\`${feature}\``, ...tables.map((table) => SYMBOLS[table[feature]])]),
  ]
  return `\n${rows.map((row) => `| ${row.join(' | ')} |\n`).join('')}\n`
}

/** The formatter pads the columns. */
function unformatted(markdown: string): string {
  return markdown.replaceAll(/[ -]+/g, ' ').replaceAll(/[:] | [:]/g, ' ')
}
