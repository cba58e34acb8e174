import { parseArgs } from 'node:util'
import type { Weather } from './poor-link.ts'

export const HELP = `Bus and air sensors on a poor link publish by MQTT; arrival boards take that by AMQP from the same broker, and a page
shows them. At the end a table tells what was delivered, late and lost, by QoS, and the memory used.

  npm run smart-city -- [options]

  --product NAME      of the broker in a container: rabbitmq (the default) or artemis
  --broker URI        amqp://USER:PASSWORD@HOST[:PORT] or amqps://… of a broker of yours, for the boards; with these two:
  --mqtt URI          mqtt://… or mqtts://… of the same broker, for the sensors
  --web-socket URI    mqtt+ws://…, stomp+ws://… or wss of the same broker, for the page
  --sensors N         3000 by default, half of them buses
  --connections N     that the sensors share; 60 by default
  --interval MS       between two readings of a sensor; 5000 by default
  --seconds N         30 by default
  --latency MS        each way; 150 by default, and up to as much again by chance
  --outage-every S    mean seconds between two outages of a connection; 20 by default, 0 for none
  --longest-outage MS 2000 by default
  --late MS           after which a reading is late; 1000 by default
  --port N            of the page; a free one by default
  --name NAME         what topics begin with; a new one by default
  --keep              keeps the page when the sensors have ended, until Ctrl-C
  --allow-plaintext   permits amqp:// and mqtt:// to another machine
  --help`

export interface Options {
  readonly product: 'rabbitmq' | 'artemis'
  readonly addresses: Addresses | undefined
  readonly sensors: number
  readonly connections: number
  readonly interval: number
  readonly seconds: number
  readonly weather: Weather
  readonly lateAfter: number
  readonly port: number
  readonly name: string | undefined
  readonly keep: boolean
  readonly allowPlaintext: boolean
}

/** The same broker by three protocols. */
export interface Addresses {
  readonly amqp: string
  readonly mqtt: string
  readonly webSocket: string
}

/** Undefined when only help is wanted. */
export function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      product: { type: 'string', default: 'rabbitmq' },
      broker: { type: 'string' },
      mqtt: { type: 'string' },
      'web-socket': { type: 'string' },
      sensors: { type: 'string', default: '3000' },
      connections: { type: 'string', default: '60' },
      interval: { type: 'string', default: '5000' },
      seconds: { type: 'string', default: '30' },
      latency: { type: 'string', default: '150' },
      'outage-every': { type: 'string', default: '20' },
      'longest-outage': { type: 'string', default: '2000' },
      late: { type: 'string', default: '1000' },
      port: { type: 'string', default: '0' },
      name: { type: 'string' },
      keep: { type: 'boolean', default: false },
      'allow-plaintext': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return undefined
  const number = (name: Exclude<keyof typeof values, 'keep' | 'help'>, least: number, most: number): number => {
    const value = Number(values[name])
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new Error(`--${name} takes a whole number from ${least} to ${most}, not ${values[name]}`)
  }
  const { product } = values
  if (product !== 'rabbitmq' && product !== 'artemis') {
    throw new Error(`--product takes rabbitmq or artemis, not ${product}`)
  }
  if (values.name !== undefined && !/^[\w-]+$/.test(values.name)) {
    throw new Error(`--name takes letters, digits, - and _, not ${values.name}`)
  }
  const sensors = number('sensors', 2, 100_000)
  const latency = number('latency', 0, 60_000)
  const weather: Weather = {
    latency,
    jitter: latency,
    outageEvery: number('outage-every', 0, 3_600) * 1_000,
    longestOutage: number('longest-outage', 0, 60_000),
  }
  return {
    product,
    addresses: addressesIn(values.broker, values.mqtt, values['web-socket'], values['allow-plaintext']),
    sensors,
    connections: Math.min(number('connections', 1, 2_000), Math.ceil(sensors / 2)),
    interval: number('interval', 10, 3_600_000),
    seconds: number('seconds', 1, 86_400),
    weather,
    lateAfter: number('late', 1, 3_600_000),
    port: number('port', 0, 65_535),
    name: values.name,
    keep: values.keep,
    allowPlaintext: values['allow-plaintext'],
  }
}

function addressesIn(
  amqp: string | undefined,
  mqtt: string | undefined,
  webSocket: string | undefined,
  allowPlaintext: boolean,
): Addresses | undefined {
  if (amqp === undefined && mqtt === undefined && webSocket === undefined) return undefined
  if (amqp === undefined || mqtt === undefined || webSocket === undefined) {
    throw new Error('--broker, --mqtt and --web-socket go together: boards, sensors and page each use one of them')
  }
  if (!/^mqtts?:\/\//.test(mqtt) || !URL.canParse(mqtt)) {
    throw new Error('--mqtt takes mqtt://USER:PASSWORD@HOST[:PORT] or mqtts://…')
  }
  const { protocol, hostname } = new URL(mqtt)
  const isLocal = /^(localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
  // The library sees the link, which is on this machine.
  if (protocol === 'mqtt:' && !isLocal && !allowPlaintext) {
    throw new Error(`--mqtt would send passwords to ${hostname} in plaintext; use mqtts://, or --allow-plaintext`)
  }
  return { amqp, mqtt, webSocket }
}
