import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  type Connection,
  type ConnectOptions,
  type Consumer,
  type ConsumerOptions,
  connect,
  type Destination,
  type Queue,
  queue,
  type ReceivedMessage,
  type Sendable,
  type SendOptions,
  type Topic,
  topic,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { Broker, PortName } from '../brokers/index.ts'
import type { JavaClient } from './java-clients.ts'
import type { JavaBody, JavaFields, JavaReceived, JavaSendOptions, Place } from './java-message.ts'
import { JavaPeer } from './java-peer.ts'
import type { JavaSession, JavaSessionOptions } from './java-session.ts'

/** ms for a message to arrive. */
const ARRIVAL = 10_000

/** Both clients at one broker. What a test opens closes with it. */
export class Bench {
  readonly broker: Broker
  readonly client: JavaClient
  /** The port that polymq connects to. */
  readonly #port: PortName
  #peer: JavaPeer | undefined
  readonly #connections: Connection[] = []

  constructor(broker: Broker, client: JavaClient, port: PortName = client.port) {
    this.broker = broker
    this.client = client
    this.#port = port
    beforeAll(async () => {
      this.#peer = await JavaPeer.start(client, broker)
    })
    afterEach(async () => {
      for (const connection of this.#connections.splice(0)) await connection.close()
      await this.#peer?.closeSessions()
    })
    afterAll(() => this.#peer?.[Symbol.asyncDispose]())
  }

  /**
   * Whether properties and entries of maps have characters beyond U+FFFF. Java writes those over OpenWire in a form that it
   * does not read itself (MarshallingSupport). ActiveMQ passes on what is written; Artemis reads it, and writes it anew.
   */
  get keepsEveryCharacter(): boolean {
    return this.broker.name !== 'artemis' || this.client.port !== 'openwire'
  }

  /** @param query - of the URI, for what is set there */
  async connect(options?: ConnectOptions, query = ''): Promise<Connection> {
    const connection = await connect(`${this.broker.uri(this.#port)}${query}`, options)
    this.#connections.push(connection)
    return connection
  }

  /** A session of Java, on a connection of its own. */
  async java(options?: JavaSessionOptions): Promise<JavaSession> {
    if (this.#peer === undefined) throw new Error('the Java peer runs only in tests')
    return this.#peer.open(options)
  }

  /** What Java gets of a message of polymq. */
  async toJava(message: Sendable, options?: SendOptions): Promise<JavaReceived> {
    const orders = uniqueQueue()
    await (await this.connect()).send(orders, message, options)
    return (await (await this.java()).consume(orders)).receive()
  }

  /** What polymq gets of a message of Java. */
  async fromJava(message: JavaBody & JavaFields, options?: JavaSendOptions): Promise<ReceivedMessage> {
    const orders = uniqueQueue()
    // First the consumer: on RabbitMQ it makes the queue.
    const consumer = await this.consume(orders)
    await (await this.java()).send(orders, message, options)
    return next(consumer)
  }

  /** On a connection of its own. */
  async consume(from: Destination, options?: ConsumerOptions): Promise<Consumer> {
    const session = await (await this.connect()).createSession()
    return session.createConsumer(from, options)
  }

  /** A queue that is there when Java comes first: RabbitMQ makes none for it. */
  async madeQueue(): Promise<Queue> {
    const orders = uniqueQueue()
    await (await this.consume(orders)).close()
    return orders
  }

  /** Where Java gets what is published: on RabbitMQ, which lets it attach to queues only, a queue bound to the topic. */
  async subscribed(news: Topic): Promise<Place> {
    if (this.broker.name !== 'rabbitmq') return news
    const orders = await this.madeQueue()
    await bind(this.broker, orders.name, news.name)
    return orders
  }
}

export async function next(consumer: Consumer): Promise<ReceivedMessage> {
  const message = await consumer.receive({ timeout: ARRIVAL })
  if (message === null) throw new Error(`polymq has received nothing within ${ARRIVAL} ms`)
  return message
}

export function uniqueQueue(): Queue {
  return queue(uniqueName('interop'))
}

export function uniqueTopic(): Topic {
  return topic(uniqueName('news'))
}

/** As an administrator does. */
async function bind(broker: Broker, queue: string, topic: string): Promise<void> {
  const { username, password } = broker
  const path = `api/bindings/%2F/e/amq.topic/q/${encodeURIComponent(queue)}`
  const response = await fetch(`${broker.uri('management', null)}/${path}`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` },
    body: JSON.stringify({ routing_key: topic }),
  })
  if (!response.ok) throw new Error(await response.text())
}
