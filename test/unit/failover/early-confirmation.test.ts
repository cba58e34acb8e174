import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Connection, queue } from '../../../src/index.ts'
import { soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

const orders = queue<string>('orders')
let connection: Connection | undefined

afterEach(async () => {
  vi.restoreAllMocks()
  await connection?.close()
})

/** A broker that may confirm what it does not have when it ends, and the one after it. */
async function setUp(transacted = false) {
  const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
  first.confirmsEarly = true
  second.confirmsEarly = true
  connection = await connectTo([[first, second]], {}, [second])
  const session = await connection.createSession({ transacted })
  const producer = await session.createProducer(orders)
  /** Resolves when the second broker is in use. */
  const lose = async (): Promise<void> => {
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    first.door = 'shut'
    first.lose()
    await soon(resumed, 'the second broker')
  }
  return { first, second, session, producer, lose }
}

describe('the last confirmation of a broker that confirms too early', () => {
  it('is in doubt once the broker is lost: that message goes out again, before what was not sent', async () => {
    const { second, producer, lose } = await setUp()
    await producer.send('one')
    await producer.send('two')
    const lost = lose()
    const sent = producer.send('three')
    await lost
    await sent
    expect(second.sent).toEqual(['two', 'three'])
  })

  it('is that of the last call, and its message keeps its place behind earlier ones without an answer', async () => {
    const { first, second, producer, lose } = await setUp()
    first.answersSends = false
    const sent = producer.send('one')
    first.answersSends = true
    await producer.send('two')
    await lose()
    await sent
    expect(second.sent).toEqual(['one', 'two'])
  })

  it('is in doubt also when it came together with the loss', async () => {
    const { first, second, producer, lose } = await setUp()
    first.answersSends = false
    const sent = producer.send('one')
    first.answer()
    await lose()
    await sent
    await producer.send('two')
    expect(second.sent).toEqual(['one', 'two'])
  })

  it('is in doubt at the next broker again', async () => {
    const { first, second, producer, lose } = await setUp()
    await producer.send('one')
    await lose()
    expect(second.sent).toEqual(['one'])
    first.door = 'open'
    first.sent.splice(0)
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    second.door = 'shut'
    second.lose()
    await soon(resumed, 'the first broker')
    expect(first.sent).toEqual(['one'])
  })

  it('is true when the broker went on for longer than it takes to end', async () => {
    const { second, producer, lose } = await setUp()
    await producer.send('one')
    const now = performance.now()
    vi.spyOn(performance, 'now').mockImplementation(() => now + 30_001)
    await lose()
    await producer.send('two')
    expect(second.sent).toEqual(['two'])
  })

  it('is true when the connection moves to another broker in order', async () => {
    const { first, second, producer } = await setUp()
    await producer.send('one')
    const resumed = new Promise((resolve) => connection?.once('resumed', resolve))
    first.advise({ moveTo: second.name })
    await soon(resumed, 'the second broker')
    await producer.send('two')
    expect(second.sent).toEqual(['two'])
  })

  it('says nothing of a message in a transaction, which ends with the broker', async () => {
    const { second, session, producer, lose } = await setUp(true)
    await producer.send('one')
    await session.commit()
    await lose()
    await producer.send('two')
    await session.commit()
    expect(second.sent).toEqual(['two'])
  })

  it('is true where the broker confirms what it has', async () => {
    const { first, second, producer, lose } = await setUp()
    first.confirmsEarly = false
    await producer.send('one')
    await lose()
    await producer.send('two')
    expect(second.sent).toEqual(['two'])
  })
})
