import { once } from 'node:events'
import { connect } from 'polymq'
import rhea from 'rhea'
import { memoryInUse, type Suite } from '../harness.ts'
import { rawOptions } from './amqp10.ts'

const CONNECTIONS = 100
const KILOBYTE = 1_000

/** What a connection that does nothing keeps in memory: the mean over CONNECTIONS of them. */
export const amqpIdle: Suite = {
  name: 'amqp10-idle',
  title: `memory of an idle AMQP 1.0 connection, mean of ${CONNECTIONS}`,
  unit: 'kB of heap and buffers',
  needsBroker: true,
  contenders: [
    { name: 'rhea', measure: ({ broker }) => measure(() => openRhea(broker)) },
    { name: 'polymq', measure: ({ broker }) => measure(() => openPolymq(broker)) },
  ],
  goals: [{ text: 'polymq under 200 kB', met: (medianOf) => medianOf('polymq') < 200 }],
}

type Close = () => Promise<unknown>

async function measure(open: () => Promise<Close>): Promise<number> {
  // The first one loads the code.
  const closing = [await open()]
  const before = memoryInUse()
  for (let count = 0; count < CONNECTIONS; count += 1) closing.push(await open())
  const used = memoryInUse() - before
  await Promise.all(closing.map((close) => close()))
  return used / CONNECTIONS / KILOBYTE
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
