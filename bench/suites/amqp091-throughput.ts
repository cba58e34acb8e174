import * as amqplib from 'amqplib'
import type { Contender, MedianOf, Sample, Suite } from '../harness.ts'
import {
  type Open,
  openAmqplib,
  openCloudamqp,
  openConnectionManager,
  openPolymq091,
  openRascal,
} from './amqp091-clients.ts'
import { measureClient } from './client.ts'

const QUEUE_TYPES = ['quorum', 'classic'] as const
type QueueType = (typeof QUEUE_TYPES)[number]

/** The raw library first: the others are compared with it. */
const CLIENTS: Readonly<Record<string, Open>> = {
  '@cloudamqp/amqp-client': openCloudamqp,
  polymq: openPolymq091,
  amqplib: openAmqplib,
  'amqp-connection-manager': openConnectionManager,
  rascal: openRascal,
}
const OTHERS = Object.keys(CLIENTS).filter((client) => client !== 'polymq')

/**
 * Persistent messages through a queue of RabbitMQ: each send confirmed, up to WINDOW of them at a time; each message
 * acknowledged after it was handled, with CREDIT messages fetched ahead.
 */
export const amqp091Throughput: Suite = {
  name: 'amqp091-throughput',
  title: 'a persistent message of 256 bytes over AMQP 0-9-1, sent, confirmed, received and acknowledged',
  needsBroker: 'amqp',
  onlyByName: true,
  contenders: QUEUE_TYPES.flatMap((type) => Object.keys(CLIENTS).map((client) => contender(client, type))),
  goals: QUEUE_TYPES.flatMap((type) => [
    {
      text: `${type}: polymq at most 1.10 of the CPU of @cloudamqp/amqp-client`,
      met: (medianOf: MedianOf) =>
        medianOf(nameOf('polymq', type), 'cpu') / medianOf(nameOf('@cloudamqp/amqp-client', type), 'cpu') <= 1.1,
    },
    ...OTHERS.map((other) => ({
      text: `${type}: polymq at least the rate of ${other}`,
      met: (medianOf: MedianOf) => medianOf(nameOf('polymq', type), 'rate') >= medianOf(nameOf(other, type), 'rate'),
    })),
  ]),
}

function contender(client: string, type: QueueType): Contender {
  return { name: nameOf(client, type), group: type, measure: ({ broker }) => measure(client, type, broker) }
}

function nameOf(client: string, type: QueueType): string {
  return `${client}, ${type}`
}

async function measure(client: string, type: QueueType, broker: string): Promise<Sample> {
  const name = `polymq.bench.amqp091.${type}`
  const open = CLIENTS[client]
  if (open === undefined) throw new Error(`no client ${client}`)
  await prepareQueue(broker, name, type)
  return measureClient((received) => open(broker, name, received))
}

/** An empty durable queue of the type. */
async function prepareQueue(broker: string, name: string, type: QueueType): Promise<void> {
  const connection = await amqplib.connect(broker)
  const channel = await connection.createChannel()
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': type } })
  await channel.purgeQueue(name)
  await connection.close()
}
