import {
  type Connection,
  connect,
  ListenerError,
  MessagingError,
  type Queue,
  queue,
  type ReceivedMessage,
  topic,
  UnsupportedFeatureError,
} from 'polymq'
import { embeddedBroker } from 'polymq/embedded-broker'
import { type Exchange, exchange, rabbitmq } from 'polymq/rabbitmq'

interface Order {
  readonly id: number
}

const orders: Queue<Order> = queue<Order>('orders')
const invoices: Exchange<Order> = exchange<Order>('invoices', 'eu.paid')
// @ts-expect-error a body that is no order
const wrong: Order = { id: 'seven' }

async function main(): Promise<readonly unknown[]> {
  await using connection: Connection = await connect('memory:packed', { prefetch: 10 })
  await connection.send(orders, { id: 7 })
  await using session = await connection.createSession({ transacted: true })
  const consumer = await session.createConsumer(orders)
  const message: ReceivedMessage<Order> | null = await consumer.receive({ timeout: 1_000 })
  const id: number | undefined = message?.body.id
  await session.commit()
  await connection.reply(queue('stock'), () => ({ left: 12 }))
  const answer = await connection.request(queue('stock'), 'A-100')
  const failure = await connect('memry:packed').catch((error: unknown) => error)
  const code = failure instanceof MessagingError ? failure.code : undefined
  const refusal = await connect('amqp://127.0.0.1:1').catch((error: unknown) => error)
  const refusalCode = refusal instanceof MessagingError ? refusal.code : refusal
  let missing: unknown
  try {
    await rabbitmq(connection).bindQueue('orders', invoices.name)
  } catch (error) {
    missing = error instanceof UnsupportedFeatureError ? error.feature : error
  }
  const depth: number = embeddedBroker('packed').queueDepth('orders')
  return [
    id,
    answer.body,
    code,
    refusalCode,
    failure instanceof ListenerError,
    depth,
    topic('t').name,
    wrong.id,
    missing,
  ]
}

console.log(JSON.stringify(await main()))
