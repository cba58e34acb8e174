import type * as polymq from 'polymq'

/** What a page has of the package. */
export type Page = Pick<typeof polymq, 'connect' | 'queue' | 'topic'>

/** Something that a page does over a connection. */
export type Action = (connection: polymq.Connection, page: Page) => Promise<unknown>

export const sendAndReceive: Action = async (connection, { queue }) => {
  const received = new Promise((resolve) => connection.consume(queue('orders'), resolve))
  await connection.send(queue('orders'), { id: 7 })
  await received
}

/** To a queue and a topic, each message acknowledged by itself. */
export const acknowledgeAll: Action = async (connection, { queue, topic }) => {
  const session = await connection.createSession({ acknowledgeMode: 'individual' })
  for (const destination of [queue('orders'), topic('prices')]) {
    const consumer = await session.createConsumer(destination)
    await connection.send(destination, { id: 7 })
    const message = await consumer.receive({ timeout: 5_000 })
    if (message === null) throw new Error(`nothing came from ${destination.name}`)
    await message.acknowledge()
    await consumer.close()
  }
  await session.close()
}

export const browse: Action = async (connection, { queue }) => {
  const session = await connection.createSession()
  const browser = await session.createBrowser(queue('orders'))
  for await (const message of browser) void message
}

export const transact: Action = async (connection, { queue }) => {
  const session = await connection.createSession({ transacted: true })
  const producer = await session.createProducer(queue('orders'))
  await producer.send('in a transaction')
  await session.commit()
}

export const select: Action = async (connection, { queue }) => {
  const session = await connection.createSession()
  await session.createConsumer(queue('orders'), { selector: "colour = 'red'" })
}

/** Needs a client id. */
export const subscribe: Action = async (connection, { topic }) => {
  const session = await connection.createSession()
  await session.createDurableConsumer(topic('prices'), 'size')
}

export const makeTemporary: Action = async (connection) => {
  const session = await connection.createSession()
  await session.createTemporaryQueue()
}

export const request: Action = async (connection, { queue }) => {
  await connection.reply(queue('questions'), () => 'an answer')
  await connection.request(queue('questions'), 'a question', { timeout: 5_000 })
}
