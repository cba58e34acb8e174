import type { Contender, MedianOf, Sample, Suite } from '../harness.ts'
import { measureClient } from './client.ts'
import { type OpenMqtt, openMqttjs, openMqttjsBare, openPolymqMqtt, openWindowed, type Qos } from './mqtt.ts'

const LEVELS: readonly Qos[] = [1, 0]

/** mqtt.js with what polymq sends comes first: the others are compared with it. */
const CLIENTS: Readonly<Record<string, OpenMqtt>> = {
  'mqtt.js': openMqttjs,
  polymq: openPolymqMqtt,
  'mqtt.js, bare': openMqttjsBare,
}

/**
 * Messages through a topic: at QoS 1 each is confirmed and acknowledged, at QoS 0 it is neither. WINDOW of them are on their way
 * at a time, by the same count for all.
 */
export const mqttThroughput: Suite = {
  name: 'mqtt-throughput',
  title: 'a text of 256 bytes over MQTT 5, sent and received; at QoS 1 confirmed and acknowledged',
  needsBroker: 'mqtt',
  contenders: LEVELS.flatMap((qos) => Object.keys(CLIENTS).map((client) => contender(client, qos))),
  goals: LEVELS.flatMap((qos) => [
    {
      text: `QoS ${qos}: polymq at most 1.10 of the CPU of mqtt.js`,
      met: (medianOf: MedianOf) =>
        medianOf(nameOf('polymq', qos), 'cpu') / medianOf(nameOf('mqtt.js', qos), 'cpu') <= 1.1,
    },
    {
      text: `QoS ${qos}: polymq at least the rate of mqtt.js`,
      met: (medianOf: MedianOf) => medianOf(nameOf('polymq', qos), 'rate') >= medianOf(nameOf('mqtt.js', qos), 'rate'),
    },
  ]),
}

function contender(client: string, qos: Qos): Contender {
  return { name: nameOf(client, qos), group: `QoS ${qos}`, measure: ({ broker }) => measure(client, qos, broker) }
}

function nameOf(client: string, qos: Qos): string {
  return `${client}, QoS ${qos}`
}

async function measure(client: string, qos: Qos, broker: string): Promise<Sample> {
  const open = CLIENTS[client]
  if (open === undefined) throw new Error(`no client ${client}`)
  const name = `polymq.bench.mqtt.${process.pid}`
  return measureClient((received) => openWindowed(open, broker, qos, { filters: [name], topics: [name] }, received))
}
