import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, queue, TransactionRolledBackError } from '../../../src/index.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

const orders = queue<string>('orders')
let connection: Connection | undefined

afterEach(async () => {
  await connection?.close()
})

/** A commit that the first of two brokers has got, and not answered. */
async function committing() {
  const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
  connection = await connectTo([[first, second]])
  const session = await connection.createSession({ transacted: true })
  const producer = await session.createProducer(orders)
  await producer.send('one')
  first.answersCommits = false
  const committed = failureOf(session.commit())
  await expect.poll(() => first.told).toContain('commit')
  first.door = 'shut'
  return { first, second, session, producer, committed }
}

describe('a commit whose broker is lost before it answers', () => {
  it('is rejected, saying that it may have taken place, and is not made again', async () => {
    const { first, second, committed } = await committing()
    first.lose()
    const error = await soon(committed, 'the rejection')
    expect(error).toBeInstanceOf(TransactionRolledBackError)
    expect(error).toMatchObject({
      message: expect.stringMatching(/lost while it committed.*may have committed or not/),
      cause: { code: 'ERR_CONNECTION_LOST' },
    })
    await expect.poll(() => second.connections).toBe(1)
    expect(second.told).not.toContain('commit')
    expect(second.sent).toEqual([])
  })

  it('leaves the session usable at once: the next transaction is committed at the next broker', async () => {
    const { first, second, session, producer, committed } = await committing()
    first.lose()
    await committed
    const sent = producer.send('two')
    await session.commit()
    await sent
    expect(second.sent).toEqual(['two'])
    expect(second.told.filter((what) => /begin|commit/.test(what))).toEqual(['begin', 'commit', 'begin'])
  })

  it('is rejected without waiting for another broker, and what follows waits for that', async () => {
    const { first, second, session, producer, committed } = await committing()
    second.door = 'shut'
    first.lose()
    expect(await soon(committed, 'the rejection')).toBeInstanceOf(TransactionRolledBackError)
    expect(connection?.state).toBe('interrupted')
    const sent = producer.send('two')
    second.door = 'open'
    await session.commit()
    await sent
    expect(second.sent).toEqual(['two'])
  })

  it('is one thing with its sends: those that were not confirmed are rejected, too', async () => {
    const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
    connection = await connectTo([[first, second]])
    const session = await connection.createSession({ transacted: true })
    const producer = await session.createProducer(orders)
    first.answersSends = false
    const sent = failureOf(producer.send('one'))
    const committed = failureOf(session.commit())
    first.lose()
    expect(await sent).toBeInstanceOf(TransactionRolledBackError)
    expect(await committed).toBeInstanceOf(TransactionRolledBackError)
    expect(first.told).not.toContain('commit')
    await producer.send('two')
    await session.commit()
    expect(second.sent).toEqual(['two'])
  })
})
