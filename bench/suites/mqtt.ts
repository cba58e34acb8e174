/** What the suites for MQTT share: mqtt.js, polymq, and what both send. */
import mqtt, { type IClientPublishOptions, type MqttClient } from 'mqtt'
import { connect, type Session, topic } from 'polymq'
import { pipelined } from '../harness.ts'
import { arrivals, type Client } from './client.ts'

const TEXT = 'x'.repeat(256)
/** Messages that are on their way to the consumer at a time, each unconfirmed or not received: RabbitMQ drops more at QoS 0. */
export const WINDOW = 200

export type Qos = 0 | 1

/** A client that is connected and has subscribed. */
interface MqttPair {
  /** Sends to one of the topics, in turn; settles once the broker has it, at QoS 0 the network. */
  send(index: number): Promise<unknown>
  close(): Promise<unknown>
}

/** What is subscribed to, and sent to, as polymq calls it. */
export interface MqttTopics {
  readonly filters: readonly string[]
  readonly topics: readonly string[]
}

/** Gives the text of each message to `received`. */
export type OpenMqtt = (
  broker: string,
  qos: Qos,
  topics: MqttTopics,
  received: (text: string) => void,
) => Promise<MqttPair>

/** A client that has no more than WINDOW messages on their way: sent, and not confirmed or not received. */
export async function openWindowed(
  open: OpenMqtt,
  broker: string,
  qos: Qos,
  topics: MqttTopics,
  received: () => void,
): Promise<Client> {
  const { arrived, arrival } = arrivals()
  const pair = await open(broker, qos, topics, (text) => {
    if (text.length !== TEXT.length) throw new Error(`a text of ${text.length} characters has come`)
    received()
    arrived()
  })
  const sendOne = async (index: number): Promise<void> => {
    await pair.send(index)
    await arrival()
  }
  return {
    send: (messages) => pipelined(messages, WINDOW, sendOne),
    close: async () => void (await pair.close()),
  }
}

/** With everything over one connection, as mqtt.js does it. */
export const openPolymqMqtt: OpenMqtt = async (broker, qos, { filters, topics }, received) => {
  const connection = await connect(broker, { maxPendingSends: WINDOW })
  const deliveryMode = qos === 1 ? 'persistent' : 'non-persistent'
  const producer = await (await connection.createSession()).createProducer(undefined, { deliveryMode })
  await subscribePolymq(await connection.createSession(), filters, received)
  const destinations = topics.map((name) => topic<string>(name))
  return {
    send: (index) => producer.send(destinations[index % destinations.length] as (typeof destinations)[number], TEXT),
    close: () => connection.close(),
  }
}

export async function subscribePolymq(
  session: Session,
  filters: readonly string[],
  received: (text: string) => void,
): Promise<void> {
  for (const filter of filters) {
    const consumer = await session.createConsumer<string>(topic(filter))
    consumer.listen(({ body }) => received(body))
  }
}

/** @param properties - those of each message */
function openMqttjsWith(properties: () => IClientPublishOptions['properties']): OpenMqtt {
  return async (broker, qos, { filters, topics }, received) => {
    const client = await connectMqttjs(broker)
    client.on('message', (_topic, payload) => received(payload.toString()))
    await subscribeMqttjs(client, filters, qos)
    const names = topics.map(wireName)
    return {
      send: (index) =>
        new Promise<void>((resolve, reject) => {
          const options = { qos, properties: properties() }
          client.publish(names[index % names.length] as string, TEXT, options, (error) => {
            if (error) reject(error)
            else resolve()
          })
        }),
      close: () => client.endAsync(),
    }
  }
}

let lastId = 0

/** The same that polymq says of a message: what it is, an id and a time. */
export const openMqttjs: OpenMqtt = openMqttjsWith(() => {
  lastId += 1
  return {
    payloadFormatIndicator: true,
    contentType: 'text/plain; charset=utf-8',
    userProperties: { 'x-message-id': `ID:bench-${lastId}`, 'x-polymq-timestamp': String(Date.now()) },
  }
})

/** A topic and a payload, and nothing else. */
export const openMqttjsBare: OpenMqtt = openMqttjsWith(() => undefined)

export async function subscribeMqttjs(client: MqttClient, filters: readonly string[], qos: Qos): Promise<void> {
  for (const filter of filters) await client.subscribeAsync(wireName(filter), { qos })
}

/** MQTT 5, without Nagle's algorithm, and without an attempt to come back. */
export async function connectMqttjs(broker: string): Promise<MqttClient> {
  const client = await mqtt.connectAsync(broker, { protocolVersion: 5, reconnectPeriod: 0 })
  const { stream } = client
  if ('setNoDelay' in stream && typeof stream.setNoDelay === 'function') stream.setNoDelay(true)
  return client
}

function wireName(name: string): string {
  return name.replaceAll('.', '/').replace('*', '+')
}
