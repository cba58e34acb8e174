import { afterEach, describe, expect, it } from 'vitest'
import { AbortedError, type Connection, type ConnectOptions, queue, TimeoutError } from '../../../src/index.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

const orders = queue<string>('orders')
const connections: Connection[] = []

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

/** ms that the sends of these tests wait at most. */
const LIMIT = 30

async function setUp(options: ConnectOptions) {
  const broker = new FakeBroker('broker')
  const connection = await connectTo([[broker]], options)
  connections.push(connection)
  const producer = await (await connection.createSession()).createProducer(orders)
  /** The broker is lost, and nobody else is there. */
  const lose = (): void => {
    broker.door = 'shut'
    broker.lose()
  }
  /** Resolves when the broker is back, with all that it got from then on. */
  const back = async (): Promise<unknown[]> => {
    broker.sent.splice(0)
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    broker.answersSends = true
    broker.door = 'open'
    await soon(resumed, 'the broker')
    return broker.sent
  }
  return { broker, producer, lose, back }
}

describe('a send that is past sendTimeout', () => {
  it('is in doubt when the broker has it and says nothing', async () => {
    const { broker, producer } = await setUp({ sendTimeout: LIMIT })
    broker.answersSends = false
    const error = await failureOf(producer.send('one'))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ inDoubt: true, message: expect.stringMatching(/may have taken the message/) })
  })

  it('is in doubt when a broker had it and was lost, and is not sent again', async () => {
    const { broker, producer, lose, back } = await setUp({ sendTimeout: LIMIT })
    broker.answersSends = false
    const sent = producer.send('one')
    lose()
    const error = await failureOf(sent)
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', inDoubt: true })
    const received = await back()
    await producer.send('two')
    expect(received).toEqual(['two'])
  })

  it('was not sent when there has been no broker for it, and is not sent later', async () => {
    const { producer, lose, back } = await setUp({ sendTimeout: LIMIT })
    lose()
    const error = await failureOf(producer.send('one'))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({
      inDoubt: false,
      message: expect.stringMatching(/waited for a broker .* was not sent/),
    })
    const received = await back()
    await producer.send('two')
    expect(received).toEqual(['two'])
  })

  it('was not even dispatched when it waited behind others, and is not sent later', async () => {
    const { broker, producer, lose, back } = await setUp({ sendTimeout: LIMIT, maxPendingSends: 1 })
    broker.answersSends = false
    const sends = [producer.send('one'), producer.send('two')]
    lose()
    const [first, second] = await Promise.all(sends.map(failureOf))
    expect(first).toMatchObject({ code: 'ERR_TIMEOUT', inDoubt: true })
    expect(second).toMatchObject({
      code: 'ERR_TIMEOUT',
      inDoubt: false,
      // On a busy machine its turn may come a moment before its own time is up, and it waits for a broker then.
      message: expect.stringMatching(/was not sent/),
    })
    const received = await back()
    await producer.send('three')
    expect(received).toEqual(['three'])
  })

  it('is in doubt or not, each by itself, when it is aborted', async () => {
    const { broker, producer, lose, back } = await setUp({ sendTimeout: 10_000 })
    const abort = new AbortController()
    const send = (text: string): Promise<unknown> => failureOf(producer.send(text, { signal: abort.signal }))
    broker.answersSends = false
    const inDoubt = send('one')
    lose()
    const notSent = send('two')
    abort.abort()
    for (const error of [await inDoubt, await notSent]) expect(error).toBeInstanceOf(AbortedError)
    expect((await inDoubt) as Error).toMatchObject({ message: expect.stringMatching(/may have taken the message/) })
    expect((await notSent) as Error).toMatchObject({ message: expect.stringMatching(/before it was sent/) })
    const received = await back()
    await producer.send('three')
    expect(received).toEqual(['three'])
  })
})

describe('a send that waits for a broker longer than failover.timeout', () => {
  it('is rejected long before sendTimeout, and says whether a broker may have taken it', async () => {
    const { broker, producer, lose, back } = await setUp({ failover: { timeout: LIMIT } })
    broker.answersSends = false
    const inDoubt = producer.send('one')
    lose()
    const notSent = producer.send('two')
    const errors = await soon(Promise.all([inDoubt, notSent].map(failureOf)), 'the rejections', 5_000)
    for (const error of errors) expect(error).toBeInstanceOf(TimeoutError)
    expect(errors).toMatchObject([
      { inDoubt: true, message: expect.stringMatching(/no broker for 30 ms \(failover\.timeout\).*may have taken/) },
      { inDoubt: false, message: expect.stringMatching(/no broker for 30 ms \(failover\.timeout\).*was not sent/) },
    ])
    const received = await back()
    await producer.send('three')
    expect(received).toEqual(['three'])
  })

  it('has those after it rejected at once, until there is a broker again; then the time begins anew', async () => {
    const { producer, lose, back } = await setUp({ failover: { timeout: LIMIT } })
    lose()
    await failureOf(producer.send('one'))
    let isOver = false
    const next = failureOf(producer.send('two')).then((error) => {
      isOver = true
      return error
    })
    await new Promise(setImmediate)
    expect(isOver).toBe(true)
    expect(await next).toMatchObject({ code: 'ERR_TIMEOUT', inDoubt: false })
    await back()
    lose()
    const waits = producer.send('three')
    expect(await back()).toEqual(['three'])
    await waits
  })
})
