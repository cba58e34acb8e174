import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  type Connection,
  type ConnectOptions,
  type Consumer,
  connect,
  type Queue,
  queue,
  type ReceivedMessage,
  type Sendable,
  type SendOptions,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { Broker } from '../brokers/index.ts'
import {
  type JavaBody,
  type JavaFields,
  type JavaReceived,
  type JavaSendOptions,
  type JavaSession,
  type JavaSessionOptions,
  QpidPeer,
} from './qpid-peer.ts'

/** ms for a message to arrive. */
const ARRIVAL = 10_000

/** Both clients at one broker. What a test opens closes with it. */
export class Bench {
  readonly broker: Broker
  #peer: QpidPeer | undefined
  readonly #connections: Connection[] = []

  constructor(broker: Broker) {
    this.broker = broker
    beforeAll(() => {
      this.#peer = new QpidPeer(broker)
    })
    afterEach(async () => {
      for (const connection of this.#connections.splice(0)) await connection.close()
      await this.#peer?.closeSessions()
    })
    afterAll(() => this.#peer?.[Symbol.asyncDispose]())
  }

  async connect(options?: ConnectOptions): Promise<Connection> {
    const connection = await connect(this.broker.uri('amqp'), options)
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

  async consume(orders: Queue): Promise<Consumer> {
    const session = await (await this.connect()).createSession()
    return session.createConsumer(orders)
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
