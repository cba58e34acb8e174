import { connect } from 'polymq'
import { type Contender, latencies, type MedianOf, peakMemory, type Sample, type Suite, stopwatch } from '../harness.ts'
import { measureClient } from './client.ts'
import {
  connectMqttjs,
  type MqttTopics,
  type OpenMqtt,
  openMqttjs,
  openPolymqMqtt,
  openWindowed,
  subscribeMqttjs,
  subscribePolymq,
} from './mqtt.ts'

/** Each subscription is a filter for so many topics. */
const TOPICS_EACH = 10
const [FEW, MANY] = [100, 1_000] as const
/** Of the cost of each with a tenth of them. */
const MOST_GROWTH = 1.25

/** Subscribes, on a connection of its own; gives how to end that. */
type Subscribe = (broker: string) => Promise<{
  subscribe(filters: readonly string[]): Promise<void>
  close(): Promise<unknown>
}>

interface MqttClientKind {
  readonly open: OpenMqtt
  readonly subscribe: Subscribe
}

const CLIENTS: Readonly<Record<'mqtt.js' | 'polymq', MqttClientKind>> = {
  'mqtt.js': {
    open: openMqttjs,
    subscribe: async (broker) => {
      const client = await connectMqttjs(broker)
      return { subscribe: (filters) => subscribeMqttjs(client, filters, 1), close: () => client.endAsync() }
    },
  },
  polymq: {
    open: openPolymqMqtt,
    subscribe: async (broker) => {
      const connection = await connect(broker)
      const session = await connection.createSession()
      return {
        subscribe: (filters) => subscribePolymq(session, filters, () => {}),
        close: () => connection.close(),
      }
    },
  },
}
type ClientName = keyof typeof CLIENTS
const NAMES: readonly ClientName[] = ['mqtt.js', 'polymq']

/** What a subscription costs, and a message among many subscriptions and topics, each where there are ten times as many. */
export const mqttTopics: Suite = {
  name: 'mqtt-topics',
  title: `subscriptions over MQTT 5, each made by itself, and messages at QoS 1 to ${TOPICS_EACH} topics of each`,
  needsBroker: 'mqtt',
  contenders: [FEW, MANY].flatMap((count) => [
    ...NAMES.map((client) => subscribing(client, count)),
    ...NAMES.map((client) => sending(client, count)),
  ]),
  goals: [
    growth('a subscription', subscribing),
    growth('a message', sending),
    {
      text: `polymq at most 1.10 of the CPU of mqtt.js: ${sending('polymq', MANY).name}`,
      met: (medianOf) =>
        medianOf(sending('polymq', MANY).name, 'cpu') <= 1.1 * medianOf(sending('mqtt.js', MANY).name, 'cpu'),
    },
  ],
}

function growth(what: string, contender: (client: ClientName, count: number) => Contender) {
  return {
    text: `polymq: ${what} with ${whole(MANY)} subscriptions at most ${MOST_GROWTH} of that with ${whole(FEW)}`,
    met: (medianOf: MedianOf) =>
      medianOf(contender('polymq', MANY).name, 'cpu') <= MOST_GROWTH * medianOf(contender('polymq', FEW).name, 'cpu'),
  }
}

function subscribing(client: ClientName, count: number): Contender {
  return {
    name: `${client}, subscribing ${whole(count)}`,
    group: `subscribing ${count}`,
    measure: ({ broker }) => measureSubscribing(CLIENTS[client].subscribe, count, broker),
  }
}

function sending(client: ClientName, count: number): Contender {
  return {
    name: `${client}, ${whole(count * TOPICS_EACH)} topics`,
    group: `sending ${count}`,
    measure: ({ broker }) =>
      measureClient((received) => openWindowed(CLIENTS[client].open, broker, 1, topicsOf(count), received)),
  }
}

/** The code is warm by as many subscriptions whatever the count. */
async function measureSubscribing(open: Subscribe, count: number, broker: string): Promise<Sample> {
  const first = await open(broker)
  await first.subscribe(topicsOf(MANY).filters)
  await first.close()
  const { subscribe, close } = await open(broker)
  const stop = stopwatch(count)
  const { filters } = topicsOf(count)
  const { p50, p99 } = await latencies(count, (index) => subscribe(filters.slice(index, index + 1)))
  const { rate, cpu } = stop()
  const rss = peakMemory()
  await close()
  return { rate, cpu, p50, p99, rss }
}

function topicsOf(count: number): MqttTopics {
  const groups = Array.from({ length: count }, (_, index) => `polymq.bench.mqtt.${process.pid}.${index}`)
  return {
    filters: groups.map((group) => `${group}.*`),
    topics: groups.flatMap((group) => Array.from({ length: TOPICS_EACH }, (_, index) => `${group}.${index}`)),
  }
}

function whole(count: number): string {
  return count.toLocaleString('en')
}
