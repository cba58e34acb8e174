import { connect } from 'polymq'
import { latencies, memoryInUse, peakMemory, type Sample, type Suite, stopwatch } from '../harness.ts'
import { connectMqttjs } from './mqtt.ts'

const CONNECTIONS = 1_000
const KILOBYTE = 1_000

/** What a connection that does nothing keeps in memory: the mean over CONNECTIONS of them. */
export const mqttIdle: Suite = {
  name: 'mqtt-idle',
  title: `${CONNECTIONS.toLocaleString('en')} MQTT 5 connections opened one after the other, which then do nothing`,
  needsBroker: 'mqtt',
  columns: { heap: 'heap kB each', buffers: 'buffers kB each', resident: 'RSS kB each' },
  contenders: [
    { name: 'mqtt.js', measure: ({ broker }) => measure(() => openMqttjs(broker)) },
    { name: 'polymq', measure: ({ broker }) => measure(() => openPolymq(broker)) },
  ],
  goals: [
    {
      text: 'polymq no more than mqtt.js, heap and buffers',
      met: (medianOf) =>
        medianOf('polymq', 'heap') + medianOf('polymq', 'buffers') <=
        medianOf('mqtt.js', 'heap') + medianOf('mqtt.js', 'buffers'),
    },
  ],
}

type Close = () => Promise<unknown>

async function measure(open: () => Promise<Close>): Promise<Sample> {
  // The first one loads the code.
  const closing = [await open()]
  const before = inUse()
  const stop = stopwatch(CONNECTIONS)
  const { p50, p99 } = await latencies(CONNECTIONS, async () => closing.push(await open()))
  const { rate, cpu } = stop()
  const after = inUse()
  const rss = peakMemory()
  await Promise.all(closing.map((close) => close()))
  const each = (kind: keyof typeof after): number => (after[kind] - before[kind]) / CONNECTIONS / KILOBYTE
  return { rate, cpu, p50, p99, rss, heap: each('heap'), buffers: each('external'), resident: each('resident') }
}

function inUse(): { readonly heap: number; readonly external: number; readonly resident: number } {
  return { ...memoryInUse(), resident: process.memoryUsage.rss() }
}

async function openPolymq(broker: string): Promise<Close> {
  const connection = await connect(broker)
  return () => connection.close()
}

async function openMqttjs(broker: string): Promise<Close> {
  const client = await connectMqttjs(broker)
  return () => client.endAsync()
}
