/** The JavaScript clients that are measured beside OpenWire, on the same broker, each by its protocol. */
import { once } from 'node:events'
import { type ConnectOptions, connect, queue } from 'polymq'
import rhea from 'rhea'
import { pipelined } from '../harness.ts'
import { rawOptions } from './amqp10.ts'
import { arrivals, BODY, type Client, CREDIT, WINDOW } from './client.ts'
import { connectStompit, stompLogin } from './stomp.ts'

export type Mode = 'persistent' | 'non-persistent'

/** A connected client, whose consumer tells what it has received. */
interface Pair {
  /** Settles when the broker has a persistent message, and when another one is written. */
  send(): Promise<unknown> | undefined
  close(): Promise<unknown>
}

/** @param brokers URIs of one broker, with commas between them */
export function uriOf(brokers: string, scheme: string): string {
  const uri = brokers.split(',').find((candidate) => candidate.startsWith(`${scheme}:`))
  if (uri === undefined)
    throw new Error(`a ${scheme}:// URI of the same broker is needed: --broker tcp://…,stomp://…,amqp://…`)
  return uri
}

/** Makes the queue, and empties it. */
export async function prepareOpenWireQueue(brokers: string, name: string): Promise<void> {
  await using connection = await connect(uriOf(brokers, 'tcp'))
  await using session = await connection.createSession()
  const consumer = await session.createConsumer(queue(name))
  while ((await consumer.receive({ timeout: 500 })) !== null);
}

export async function openPolymqWindowed(
  brokers: string,
  name: string,
  mode: Mode,
  options: ConnectOptions,
  received: () => void,
  query = '',
): Promise<Client> {
  return windowed(mode, received, async (arrived) => {
    const settings = { ...options, prefetch: CREDIT, maxPendingSends: WINDOW }
    const connection = await connect(`${uriOf(brokers, 'tcp')}${query}`, settings)
    const producer = await (await connection.createSession()).createProducer(queue(name), { deliveryMode: mode })
    const consumer = await (await connection.createSession()).createConsumer(queue(name))
    consumer.listen(arrived)
    return { send: () => producer.send(BODY), close: () => connection.close() }
  })
}

export async function openStompit(brokers: string, name: string, mode: Mode, received: () => void): Promise<Client> {
  return windowed(mode, received, async (arrived) => {
    const client = await connectStompit(stompLogin(uriOf(brokers, 'stomp')))
    const destination = `/queue/${name}`
    const headers = { destination, ack: 'client-individual', 'activemq.prefetchSize': String(CREDIT) }
    client.subscribe(headers, (error, message) => {
      if (error) throw error
      message.resume()
      message.on('end', () => {
        arrived()
        client.ack(message)
      })
    })
    client.setMaxListeners(WINDOW + 10)
    const persistent = String(mode === 'persistent')
    const own = () => ({
      destination,
      persistent,
      priority: '4',
      'content-length': BODY.length,
      'x-time': String(Date.now()),
    })
    const confirmed = (): Promise<void> =>
      new Promise((resolve, reject) => {
        client.send(own(), { onReceipt: resolve, onError: reject }).end(BODY)
      })
    const unconfirmed = (): undefined => {
      client.send(own()).end(BODY)
    }
    return {
      send: mode === 'persistent' ? confirmed : unconfirmed,
      close: () => new Promise<void>((resolve) => client.disconnect(() => resolve())),
    }
  })
}

/** @param sends - settled when they are sent is what AMQP has for sends without an answer */
export async function openRhea(
  brokers: string,
  name: string,
  mode: Mode,
  sends: { readonly settled?: boolean },
  received: () => void,
): Promise<Client> {
  return windowed(mode, received, async (arrived) => {
    const connection = rhea.create_container().connect(rawOptions(uriOf(brokers, 'amqp')))
    const node = { address: `queue://${name}`, capabilities: ['queue'] }
    const durable = mode === 'persistent'
    const sender = connection.open_sender({ target: node, snd_settle_mode: sends.settled ? 1 : 0 })
    const receiver = connection.open_receiver({ source: node, credit_window: CREDIT, autoaccept: true })
    receiver.on('message', arrived)
    await Promise.all([once(sender, 'sendable'), once(receiver, 'receiver_open')])
    const confirmations: (() => void)[] = []
    sender.on('accepted', () => confirmations.shift()?.())
    const body = rhea.message.data_section(BODY)
    const send = (): void => {
      sender.send({ durable, creation_time: new Date(), body })
    }
    const confirmed = (): Promise<void> =>
      new Promise((resolve) => {
        confirmations.push(resolve)
        send()
      })
    return {
      send: sends.settled ? async () => send() : confirmed,
      close: async () => {
        connection.close()
        await once(connection, 'connection_close')
      },
    }
  })
}

/**
 * What is on its way at a time: WINDOW messages that are unconfirmed, or CREDIT that are not received, where nobody has to
 * confirm. More would fill the buffers of the sockets in both directions, which a broker that reads and writes by one
 * thread does not get out of on every kernel.
 */
export const WINDOWS: Readonly<Record<Mode, number>> = { persistent: WINDOW, 'non-persistent': CREDIT }

async function windowed(
  mode: Mode,
  received: () => void,
  open: (arrived: () => void) => Promise<Pair>,
): Promise<Client> {
  const { arrived, arrival } = arrivals()
  const pair = await open(() => {
    received()
    if (mode === 'non-persistent') arrived()
  })
  const sendAndArrive = async (): Promise<void> => {
    await pair.send()
    await arrival()
  }
  const sendOne = mode === 'persistent' ? () => pair.send() : sendAndArrive
  return {
    send: (messages) => pipelined(messages, WINDOWS[mode], sendOne),
    close: async () => void (await pair.close()),
  }
}
