import { AbortedError, connect } from 'polymq'
import { expect, it } from 'vitest'
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
