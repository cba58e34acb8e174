/** The clients for AMQP 0-9-1: each sends with its confirmations, and acknowledges each message after it was handled. */
import { AMQPClient } from '@cloudamqp/amqp-client'
import { connect as connectManaged } from 'amqp-connection-manager'
import * as amqplib from 'amqplib'
import rascal from 'rascal'
import { pipelined } from '../harness.ts'
import { BODY, type Client, CREDIT, openPolymq, WINDOW } from './client.ts'

/** Connects to a broker and opens a producer and a consumer of a queue that is there, each on a channel of its own. */
export type Open = (broker: string, name: string, received: () => void) => Promise<Client>

/** What polymq sends, too. */
let lastId = 0
function properties() {
  lastId += 1
  return {
    contentType: 'application/octet-stream',
    priority: 4,
    messageId: `bench-${lastId}`,
    timestamp: Math.floor(Date.now() / 1_000),
  }
}

export const openPolymq091: Open = (broker, name, received) => {
  const uri = new URL(broker)
  uri.searchParams.set('amqp.version', '0-9-1')
  return openPolymq(uri.href, name, {}, received)
}

export const openCloudamqp: Open = async (broker, name, received) => {
  const connection = await new AMQPClient(broker).connect()
  const publisher = await connection.channel()
  await publisher.confirmSelect()
  const consumer = await connection.channel()
  await consumer.prefetch(CREDIT)
  await consumer.basicConsume(name, { noAck: false }, (message) => {
    received()
    return message.ack()
  })
  const send = (): Promise<number> => {
    const { timestamp, ...others } = properties()
    const fields = { ...others, timestamp: new Date(timestamp * 1_000), deliveryMode: 2 }
    return publisher.basicPublish('', name, BODY, fields, true)
  }
  return {
    send: (messages) => pipelined(messages, WINDOW, send),
    close: () => connection.close(),
  }
}

export const openAmqplib: Open = async (broker, name, received) => {
  const connection = await amqplib.connect(broker, { noDelay: true })
  const publisher = await connection.createConfirmChannel()
  const consumer = await connection.createChannel()
  await consumer.prefetch(CREDIT)
  await consumer.consume(name, (message) => {
    if (message === null) return
    received()
    consumer.ack(message)
  })
  const send = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const options = { ...properties(), persistent: true, mandatory: true }
      publisher.sendToQueue(name, BODY, options, (error) => (error ? reject(error) : resolve()))
    })
  return {
    send: (messages) => pipelined(messages, WINDOW, send),
    close: () => connection.close(),
  }
}

export const openConnectionManager: Open = async (broker, name, received) => {
  const manager = connectManaged([broker], { connectionOptions: { noDelay: true } })
  const publisher = manager.createChannel({ confirm: true })
  const consumer = manager.createChannel({ confirm: false })
  await Promise.all([publisher.waitForConnect(), consumer.waitForConnect()])
  const onMessage = (message: amqplib.ConsumeMessage): void => {
    received()
    consumer.ack(message)
  }
  await consumer.consume(name, onMessage, { prefetch: CREDIT })
  const send = () => publisher.sendToQueue(name, BODY, { ...properties(), persistent: true, mandatory: true })
  return {
    send: (messages) => pipelined(messages, WINDOW, send),
    close: () => manager.close(),
  }
}

/** Each of its publications has a channel for itself until it is confirmed: a window takes as many channels. */
const RASCAL_CHANNELS = { min: WINDOW, max: WINDOW, autostart: true }

export const openRascal: Open = async (broker, name, received) => {
  const client = await rascal.BrokerAsPromised.create({
    vhosts: {
      '/': {
        connection: { url: broker, options: { channelMax: 2 * WINDOW }, socketOptions: { noDelay: true } },
        publicationChannelPools: { confirmPool: RASCAL_CHANNELS },
        queues: { [name]: { assert: false, check: true } },
        publications: { sends: { queue: name } },
        subscriptions: { receipts: { queue: name, prefetch: CREDIT } },
      },
    },
  })
  const fail = (error: unknown): never => {
    throw error
  }
  client.on('error', fail)
  const subscription = await client.subscribe('receipts')
  subscription.on('error', fail).on('message', (_message, _content, acknowledge) => {
    received()
    acknowledge()
  })
  const send = async (): Promise<void> => {
    const publication = await client.publish('sends', BODY, { options: properties() })
    await new Promise<void>((resolve, reject) => {
      publication.on('success', () => resolve()).on('error', reject)
    })
  }
  return {
    send: (messages) => pipelined(messages, WINDOW, send),
    close: () => client.shutdown(),
  }
}
