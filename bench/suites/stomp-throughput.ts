import { bytesMessage, type ConnectOptions, connect, queue } from 'polymq'
import { countdown, latencies, peakMemory, pipelined, type Sample, type Suite, stopwatch } from '../harness.ts'
import { connectStompit, connectStompjs, prepareStompQueue, type RawStompTarget } from './stomp.ts'

const BODY = Buffer.alloc(256, 7)
const WARM_UP = 10_000
const MESSAGES = 30_000
/** One at a time, after the others. */
const TIMED = 300
/** Unconfirmed sends, and messages fetched ahead: the same for all. */
const WINDOW = 500
const PREFETCH = 200

/**
 * Persistent messages through a broker: a receipt for each send, up to WINDOW of them awaited at a time; each message
 * acknowledged by itself after it was handled, with PREFETCH messages fetched ahead.
 */
export const stompThroughput: Suite = {
  name: 'stomp-throughput',
  title: 'a persistent message of 256 bytes over STOMP, sent, confirmed, received and acknowledged',
  needsBroker: 'stomp',
  contenders: [
    { name: 'stompjs', measure: ({ broker }) => measure('stompjs', broker, openStompjs) },
    { name: 'polymq', measure: ({ broker }) => measure('polymq', broker, openPolymq({})) },
    {
      name: 'polymq, failover off',
      measure: ({ broker }) => measure('polymq-alone', broker, openPolymq({ failover: false })),
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

/** A client that is connected, and consumes from the queue. */
interface Client {
  /** Sends so many and resolves when all are confirmed. */
  send(messages: number): Promise<void>
  close(): Promise<void>
}

type Open = (target: RawStompTarget, received: () => void, broker: string, name: string) => Promise<Client>

async function measure(contender: string, broker: string, open: Open): Promise<Sample> {
  const name = `polymq.bench.stomp.${contender}`
  const target = await prepareStompQueue(broker, name)
  let received = (): void => {}
  const client = await open(target, () => received(), broker, name)
  const run = async (messages: number): Promise<void> => {
    const { done, tick } = countdown(messages)
    received = tick
    await client.send(messages)
    await done
  }
  await run(WARM_UP)
  const stop = stopwatch(MESSAGES)
  await run(MESSAGES)
  const { rate, cpu } = stop()
  const rss = peakMemory()
  const { p50, p99 } = await latencies(TIMED, () => run(1))
  await client.close()
  return { rate, cpu, p50, p99, rss }
}

const openPolymq =
  (options: ConnectOptions): Open =>
  async (_target, received, broker, name) => {
    const connection = await connect(broker, { ...options, prefetch: PREFETCH, maxPendingSends: WINDOW })
    const producer = await (await connection.createSession()).createProducer(queue(name))
    const consumer = await (await connection.createSession()).createConsumer(queue(name))
    consumer.listen(received)
    return {
      send: (messages) => pipelined(messages, WINDOW, () => producer.send(bytesMessage(BODY))),
      close: () => connection.close(),
    }
  }

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
  const headers = { ack: 'client-individual', [prefetchHeader]: String(PREFETCH) }
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
  const subscription = { destination: address, ack: 'client-individual', [prefetchHeader]: String(PREFETCH) }
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
