import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, IllegalStateError } from '../../src/index.ts'
import { makeDestination } from '../../src/message/destination.ts'

it('a temporary queue is not deleted under a consumer that got it as replyTo', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const session = await connection.createSession()
  const answers = await session.createTemporaryQueue()
  // As it comes in the replyTo of a message, over a network.
  const consumer = await session.createConsumer(makeDestination(answers.kind, answers.name))
  await expect(answers.delete()).rejects.toThrow(IllegalStateError)
  await expect(answers.delete()).rejects.toThrow(/still has consumers; close them before delete\(\)/)
  await consumer.close()
  await answers.delete()
})
