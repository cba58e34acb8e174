import { once } from 'node:events'
import { connect } from 'polymq'
import rhea from 'rhea'
import { latencies, memoryInUse, peakMemory, type Sample, type Suite, stopwatch } from '../harness.ts'
import { rawOptions } from './amqp10.ts'

const CONNECTIONS = 100
const KILOBYTE = 1_000

/** What a connection that does nothing keeps in memory: the mean over CONNECTIONS of them. */
export const amqpIdle: Suite = {
  name: 'amqp10-idle',
  title: `${CONNECTIONS} AMQP 1.0 connections opened one after the other, which then do nothing`,
  needsBroker: 'amqp',
  columns: { heap: 'heap kB each', buffers: 'buffers kB each' },
  contenders: [
    { name: 'rhea', measure: ({ broker }) => measure(() => openRhea(broker)) },
    { name: 'polymq', measure: ({ broker }) => measure(() => openPolymq(broker)) },
  ],
  goals: [
    {
      text: 'polymq under 200 kB',
      met: (medianOf) => medianOf('polymq', 'heap') + medianOf('polymq', 'buffers') < 200,
    },
  ],
}

type Close = () => Promise<unknown>

async function measure(open: () => Promise<Close>): Promise<Sample> {
  // The first one loads the code.
  const closing = [await open()]
  const before = memoryInUse()
  const stop = stopwatch(CONNECTIONS)
  const { p50, p99 } = await latencies(CONNECTIONS, async () => closing.push(await open()))
  const { rate, cpu } = stop()
  const after = memoryInUse()
  const rss = peakMemory()
  await Promise.all(closing.map((close) => close()))
  const each = (kind: 'heap' | 'external'): number => (after[kind] - before[kind]) / CONNECTIONS / KILOBYTE
  return { rate, cpu, p50, p99, rss, heap: each('heap'), buffers: each('external') }
}

async function openPolymq(broker: string): Promise<Close> {
  const connection = await connect(broker)
  return () => connection.close()
}

async function openRhea(broker: string): Promise<Close> {
  const connection = rhea.create_container().connect(rawOptions(broker))
  await once(connection, 'connection_open')
  return async () => {
    connection.close()
    await once(connection, 'connection_close')
  }
}
