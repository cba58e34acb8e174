import type { ConnectOptions } from 'polymq'
import { pipelined, type Sample, type Suite } from '../harness.ts'
import { BODY, type Client, CREDIT, measureClient, openPolymq, WINDOW } from './client.ts'
import { connectStompit, connectStompjs, prepareStompQueue, type RawStompTarget } from './stomp.ts'

/**
 * Persistent messages through a broker: a receipt for each send, up to WINDOW of them awaited at a time; each message
 * acknowledged by itself after it was handled, with CREDIT messages fetched ahead.
 */
export const stompThroughput: Suite = {
  name: 'stomp-throughput',
  title: 'a persistent message of 256 bytes over STOMP, sent, confirmed, received and acknowledged',
  needsBroker: 'stomp',
  contenders: [
    { name: 'stompjs', measure: ({ broker }) => measure('stompjs', broker, openStompjs) },
    { name: 'polymq', measure: ({ broker }) => measure('polymq', broker, polymq({})) },
    {
      name: 'polymq, failover off',
      measure: ({ broker }) => measure('polymq-alone', broker, polymq({ failover: false })),
    },
    { name: 'stompit', measure: ({ broker }) => measure('stompit', broker, openStompit) },
  ],
  goals: [
    {
      text: 'polymq at most 1.10 of the CPU of stompjs',
      met: (medianOf) => medianOf('polymq', 'cpu') / medianOf('stompjs', 'cpu') <= 1.1,
    },
    {
      text: 'polymq at least the rate of stompjs',
      met: (medianOf) => medianOf('polymq', 'rate') >= medianOf('stompjs', 'rate'),
    },
    {
      text: 'polymq at least the rate of stompit',
      met: (medianOf) => medianOf('polymq', 'rate') >= medianOf('stompit', 'rate'),
    },
  ],
}

type Open = (target: RawStompTarget, received: () => void, broker: string, name: string) => Promise<Client>

async function measure(contender: string, broker: string, open: Open): Promise<Sample> {
  const name = `polymq.bench.stomp.${contender}`
  const target = await prepareStompQueue(broker, name)
  return measureClient((received) => open(target, received, broker, name))
}

const polymq =
  (options: ConnectOptions): Open =>
  (_target, received, broker, name) =>
    openPolymq(broker, name, options, received)

/** What polymq says, too: the guarantee, an id and a time. */
let lastId = 0
function rawHeaders(address: string): Record<string, string> {
  lastId += 1
  return {
    destination: address,
    persistent: 'true',
    priority: '4',
    receipt: String(lastId),
    'correlation-id': `bench-${lastId}`,
    'x-time': String(Date.now()),
  }
}

const openStompjs: Open = async (target, received) => {
  const { address, prefetchHeader } = target
  const client = await connectStompjs(target)
  const headers = { ack: 'client-individual', [prefetchHeader]: String(CREDIT) }
  client.subscribe(
    address,
    (message) => {
      received()
      message.ack()
    },
    headers,
  )
  const sendOne = (): Promise<void> =>
    new Promise((resolve) => {
      const own = rawHeaders(address)
      client.watchForReceipt(own.receipt ?? '', () => resolve())
      client.publish({ destination: address, headers: own, binaryBody: BODY })
    })
  return {
    send: (messages) => pipelined(messages, WINDOW, sendOne),
    close: () => client.deactivate(),
  }
}

const openStompit: Open = async (target, received) => {
  const { address, prefetchHeader } = target
  const client = await connectStompit(target)
  const subscription = { destination: address, ack: 'client-individual', [prefetchHeader]: String(CREDIT) }
  client.subscribe(subscription, (error, message) => {
    if (error) throw error
    message.resume()
    message.on('end', () => {
      received()
      client.ack(message)
    })
  })
  const sendOne = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const { receipt: _, ...own } = rawHeaders(address)
      const frame = client.send({ ...own, 'content-length': BODY.length }, { onReceipt: resolve, onError: reject })
      frame.end(BODY)
    })
  client.setMaxListeners(WINDOW + 10)
  return {
    send: (messages) => pipelined(messages, WINDOW, sendOne),
    close: () => new Promise((resolve) => client.disconnect(() => resolve())),
  }
}
