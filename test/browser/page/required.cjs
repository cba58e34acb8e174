const { connect, queue } = require('polymq')

async function run() {
  const connection = await connect('memory:required')
  await connection.send(queue('orders'), 'by require')
  const session = await connection.createSession()
  const consumer = await session.createConsumer(queue('orders'))
  const message = await consumer.receive()
  await connection.close()
  return message.body
}

globalThis.result = run()
