/** The README's twenty lines as a page has them. Tells what happened in `result`. */
import { connect, queue } from 'polymq'
import { embeddedBroker } from 'polymq/embedded-broker'

async function run(): Promise<unknown> {
  const connection = await connect('memory:shop')
  const orders = queue<{ id: number; sku: string }>('orders')
  const handled = new Promise((resolve) => {
    connection.consume(orders, (message) => resolve(message.body)).catch(resolve)
  })
  await connection.send(orders, { id: 7, sku: 'A-100' })
  const order = await handled

  await connection.reply(queue('stock'), (request) => ({ asked: request.body, left: 12 }))
  const { body: stock } = await connection.request(queue('stock'), 'A-100')

  const session = await connection.createSession({ transacted: true })
  const producer = await session.createProducer(queue('shipments'))
  await producer.send({ order: 7 }, { priority: 9, timeToLive: 60_000 })
  await session.commit()
  const waiting = embeddedBroker('shop').queueDepth('shipments')
  await connection.close()
  return { order, stock, waiting }
}

Object.assign(globalThis, { result: run() })
