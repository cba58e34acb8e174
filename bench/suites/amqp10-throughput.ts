import { once } from 'node:events'
import type { ConnectOptions } from 'polymq'
import rhea from 'rhea'
import * as rheaPromise from 'rhea-promise'
import { countdown, pipelined, type Sample, type Suite } from '../harness.ts'
import { prepareQueue, type RawTarget } from './amqp10.ts'
import { BODY, type Client, CREDIT, measureClient, openPolymq, WINDOW } from './client.ts'

/**
 * Persistent messages through a broker: each send confirmed, up to WINDOW of them at a time; each message
 * acknowledged after it was handled, with CREDIT messages fetched ahead.
 */
export const amqpThroughput: Suite = {
  name: 'amqp10-throughput',
  title: 'a persistent message of 256 bytes over AMQP 1.0, sent, confirmed, received and acknowledged',
  needsBroker: 'amqp',
  contenders: [
    { name: 'rhea', measure: ({ broker }) => measure('rhea', broker, openRhea) },
    { name: 'polymq', measure: ({ broker }) => measure('polymq', broker, polymq({})) },
    {
      name: 'polymq, failover off',
      measure: ({ broker }) => measure('polymq-alone', broker, polymq({ failover: false })),
    },
    { name: 'rhea-promise', measure: ({ broker }) => measure('rhea-promise', broker, openRheaPromise) },
  ],
  goals: [
    {
      text: 'polymq at most 1.10 of the CPU of rhea',
      met: (medianOf) => medianOf('polymq', 'cpu') / medianOf('rhea', 'cpu') <= 1.1,
    },
    {
      text: 'failover costs at most 5 % of the CPU',
      met: (medianOf) => medianOf('polymq', 'cpu') / medianOf('polymq, failover off', 'cpu') <= 1.05,
    },
    {
      text: 'polymq at least the rate of rhea',
      met: (medianOf) => medianOf('polymq', 'rate') >= medianOf('rhea', 'rate'),
    },
    {
      text: 'polymq at least the rate of rhea-promise',
      met: (medianOf) => medianOf('polymq', 'rate') >= medianOf('rhea-promise', 'rate'),
    },
  ],
}

type Open = (target: RawTarget, received: () => void, broker: string, name: string) => Promise<Client>

async function measure(contender: string, broker: string, open: Open): Promise<Sample> {
  const name = `polymq.bench.${contender}`
  const target = await prepareQueue(broker, name)
  return measureClient((received) => open(target, received, broker, name))
}

const polymq =
  (options: ConnectOptions): Open =>
  (_target, received, broker, name) =>
    openPolymq(broker, name, options, received)

/** What polymq sends, too: a durable message with an id, a creation time and a body of bytes. */
let lastId = 0
function rawMessage(): rhea.Message {
  lastId += 1
  return {
    durable: true,
    message_id: `bench-${lastId}`,
    creation_time: new Date(),
    body: rhea.message.data_section(BODY),
  }
}

const openRhea: Open = async ({ options, address }, received) => {
  const connection = rhea.create_container().connect(options)
  const node = { address, capabilities: ['queue'] }
  const sender = connection.open_sender({ target: node })
  const receiver = connection.open_receiver({ source: node, credit_window: CREDIT, autoaccept: true })
  receiver.on('message', received)
  await Promise.all([once(sender, 'sendable'), once(receiver, 'receiver_open')])
  let confirmed = (): void => {}
  sender.on('accepted', () => confirmed())
  return {
    async send(messages) {
      const { done, tick } = countdown(messages)
      let left = messages
      const sendNext = (): void => {
        if (left === 0) return
        left -= 1
        sender.send(rawMessage())
      }
      confirmed = () => {
        tick()
        sendNext()
      }
      for (let index = 0; index < WINDOW; index += 1) sendNext()
      await done
    },
    async close() {
      connection.close()
      await once(connection, 'connection_close')
    },
  }
}

const openRheaPromise: Open = async ({ options, address }, received) => {
  const connection = new rheaPromise.Connection(options)
  await connection.open()
  const node = { address, capabilities: ['queue'] }
  const sender = await connection.createAwaitableSender({ target: node })
  const receiver = { source: node, credit_window: CREDIT, autoaccept: true }
  const onError = ({ error }: rheaPromise.EventContext): never => {
    throw error ?? new Error('the receiver failed')
  }
  await connection.createReceiver({ ...receiver, onMessage: received, onError })
  sender.setMaxListeners(WINDOW)
  // It refuses to send without credit.
  const sendWithCredit = async (): Promise<void> => {
    while (!sender.sendable()) await new Promise((resolve) => sender.once(rheaPromise.SenderEvents.sendable, resolve))
    await sender.send(rawMessage())
  }
  return {
    send: (messages) => pipelined(messages, WINDOW, sendWithCredit),
    close: () => connection.close(),
  }
}
