import { AbortedError, ConnectionLostError, connect, type QueueBrowser } from 'polymq'
import { embeddedBroker } from 'polymq/embedded-broker'
import { expect, it } from 'vitest'
import { readHistory } from '../../examples/chat/history.ts'
import { Moderator } from '../../examples/chat/moderator.ts'
import { roomNamed } from '../../examples/chat/room.ts'

it('keeps what was said before it is told, so that nobody who catches up in between misses it', async () => {
  const room = roomNamed('lobby')
  await using connection = await connect('memory:chat-moderator')
  const moderator = await Moderator.start(connection, room, 5)
  // One session gets what a commit brings in the order in which the broker carries that out.
  const session = await connection.createSession()
  const [events, history] = [await session.createConsumer(room.events), await session.createConsumer(room.history)]
  const order: string[] = []
  const both = new Promise<void>((resolve) => {
    const came = (what: string): void => {
      if (order.push(what) === 2) resolve()
    }
    events.listen(() => came('told'))
    history.listen(() => came('kept'))
  })
  const stop = new AbortController()
  const ended = moderator.run(stop.signal)
  await connection.send(room.posts, { id: '1', from: { id: 'ada', name: 'Ada', client: 'test' }, text: 'Hello' })
  await Promise.race([both, ended])
  stop.abort()
  await expect(ended).rejects.toThrow(AbortedError)
  expect(order).toEqual(['kept', 'told'])
})

it('reads the history once more when the broker is lost over it', async () => {
  const room = roomNamed('lobby')
  await using connection = await connect('memory:chat-history', { failover: { initialReconnectDelay: 1 } })
  const ada = { id: 'ada', name: 'Ada', client: 'test' }
  for (const id of ['1', '2']) {
    await connection.send(room.history, { id, from: ada, text: id, at: Number(id), moderated: false })
  }
  const session = await connection.createSession({ transacted: true })
  const createBrowser = session.createBrowser.bind(session)
  session.createBrowser = async (from, ...options) => {
    const browser = await createBrowser(from, ...options)
    session.createBrowser = createBrowser
    return lostOver(browser, () => embeddedBroker('chat-history').dropConnections())
  }
  expect((await readHistory(connection, session, room)).map(({ id }) => id)).toEqual(['1', '2'])
})

it('gives up reading the history when the connection has ended', async () => {
  await using connection = await connect('memory:chat-ended')
  const session = await connection.createSession()
  embeddedBroker('chat-ended').dropConnections()
  await expect(readHistory(connection, session, roomNamed('lobby'))).rejects.toThrow(ConnectionLostError)
})

/** A browser whose broker is lost as soon as it has brought something. */
function lostOver<T>(browser: QueueBrowser<T>, lose: () => void): QueueBrowser<T> {
  return {
    queue: browser.queue,
    async *[Symbol.asyncIterator]() {
      for await (const message of browser) {
        lose()
        yield message
      }
    },
    close: () => browser.close(),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}
