import { afterEach, expect, test } from 'vitest'
import { type Connection, queue } from '../../src/index.ts'
import { numbered, soon } from '../conformance/waiting.ts'
import { connectTo, FakeBroker } from '../unit/failover/fake-broker.ts'

let connection: Connection | undefined
afterEach(async () => {
  await connection?.close()
})

/** A producer over two brokers; the first is not there any more once it is lost. */
async function setUp() {
  const [first, second] = [new FakeBroker('first'), new FakeBroker('second')]
  connection = await connectTo([[first, second]])
  const producer = await (await connection.createSession()).createProducer(queue<string>('orders'))
  const sendAll = (): Promise<unknown> => soon(Promise.all(numbered(4).map((text) => producer.send(text))), 'the sends')
  return { first, second, sendAll }
}

function loseAt(broker: FakeBroker, text: string): void {
  broker.onSend = (body) => {
    if (body !== text) return
    broker.onSend = () => {}
    broker.lose()
  }
}

test('a send over which its broker is lost at once goes out again, in order', async () => {
  const { first, second, sendAll } = await setUp()
  first.answersSends = false
  loseAt(first, '2')
  await sendAll()
  expect(second.sent).toEqual(numbered(4))
})

test('so do those that waited, when the next broker is lost over one of them', async () => {
  const { first, second, sendAll } = await setUp()
  second.answersSends = false
  loseAt(second, '1')
  first.lose()
  await sendAll()
  expect(second.sent).toEqual(['0', '1'])
  expect(first.sent).toEqual(numbered(4))
})

test('so do those that are sent when a broker is lost in the very moment in which it is there', async () => {
  const { first, second, sendAll } = await setUp()
  connection?.once('resumed', () => second.lose())
  const again = new Promise<void>((resolve) => {
    let times = 0
    connection?.on('resumed', () => {
      times += 1
      if (times === 2) resolve()
    })
  })
  first.lose()
  await Promise.all([soon(again, 'a broker'), sendAll()])
  expect(second.sent).toEqual([])
  expect(first.sent).toEqual(numbered(4))
})
