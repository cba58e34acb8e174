import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, InvalidDestinationError, queue, textMessage } from '../../src/index.ts'
import { embeddedBroker } from '../../src/providers/memory/index.ts'

it('a request is handled once when whoever asked is gone, and the answer dropped', async () => {
  const name = randomUUID()
  const asking = await connect(`memory:${name}`)
  const replyTo = await (await asking.createSession()).createTemporaryQueue()
  await asking.send(queue('stock'), textMessage('A-100', { replyTo }))
  await asking.close()

  await using answering = await connect(`memory:${name}`, { redelivery: { initialDelay: 0 } })
  const reported = new Promise<Error>((resolve) => answering.once('error', resolve))
  const handled: unknown[] = []
  await answering.reply(queue('stock'), ({ body }) => handled.push(body))
  expect(await reported).toBeInstanceOf(InvalidDestinationError)
  expect((await reported).message).toMatch(/an answer was dropped/)
  await expect.poll(() => embeddedBroker(name).queueDepth('stock')).toBe(0)
  expect(handled).toEqual(['A-100'])
  expect(embeddedBroker(name).queueDepth('DLQ')).toBe(0)
})
