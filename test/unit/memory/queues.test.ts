import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { broker, q, TestConnection, text } from './harness.ts'

afterEach(() => broker.close())

test('a message that is sent arrives, and is gone once it is accepted', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'))
  await connection.send(q('a'), text('hello', { properties: { n: 1 }, correlationId: 'c' }))
  expect(consumer.bodies).toEqual(['hello'])
  expect(consumer.last).toMatchObject({ redelivered: false, deliveryCount: 1 })
  expect(consumer.last.message).toMatchObject({
    correlationId: 'c',
    properties: { n: 1 },
    destination: { kind: 'queue', name: 'a' },
  })
  expect(broker.queueDepth('a')).toBe(1)
  await consumer.settle()
  expect(broker.queueDepth('a')).toBe(0)
})

test('messages wait in order for a consumer that comes later', async () => {
  const connection = await TestConnection.open()
  await connection.sendAll(q('a'), '1', '2', '3')
  expect((await connection.consume(q('a'))).bodies).toEqual(['1', '2', '3'])
})

test('never more messages arrive than there is credit for', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 0 })
  await connection.sendAll(q('a'), '1', '2', '3', '4')
  expect(consumer.bodies).toEqual([])
  consumer.grant(1)
  expect(consumer.bodies).toEqual(['1'])
  consumer.grant(2)
  expect(consumer.bodies).toEqual(['1', '2', '3'])
  await consumer.settle()
  expect(consumer.deliveries).toHaveLength(3)
})

test('after a drain nothing arrives until there is new credit', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 5 })
  await connection.send(q('a'), '1')
  await consumer.drain()
  await connection.send(q('a'), '2')
  expect(consumer.bodies).toEqual(['1'])
  consumer.grant(1)
  expect(consumer.bodies).toEqual(['1', '2'])
})

test('a drain asked for inside a listener first hands over what the credit granted there calls for', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), { credit: 0 })
  await connection.sendAll(q('a'), '1', '2', '3')
  let drained: Promise<void> = Promise.resolve()
  consumer.onMessage = () => {
    consumer.onMessage = () => {}
    consumer.grant(1)
    drained = consumer.drain()
  }
  consumer.grant(1)
  await drained
  expect(consumer.bodies).toEqual(['1', '2'])
  await connection.send(q('a'), '4')
  expect(consumer.bodies).toEqual(['1', '2'])
})

test('consumers of one queue get one message each in turn', async () => {
  const connection = await TestConnection.open()
  const consumers = [
    await connection.consume(q('a')),
    await connection.consume(q('a')),
    await connection.consume(q('a')),
  ]
  await connection.sendAll(q('a'), '1', '2', '3', '4', '5', '6')
  expect(consumers.map(({ bodies }) => bodies)).toEqual([
    ['1', '4'],
    ['2', '5'],
    ['3', '6'],
  ])
})

test('a consumer without credit is passed over and has its turn again later', async () => {
  const connection = await TestConnection.open()
  const slow = await connection.consume(q('a'), { credit: 1 })
  const fast = await connection.consume(q('a'))
  await connection.sendAll(q('a'), '1', '2', '3')
  expect([slow.bodies, fast.bodies]).toEqual([['1'], ['2', '3']])
  slow.grant(1)
  await connection.sendAll(q('a'), '4', '5')
  expect([slow.bodies, fast.bodies]).toEqual([
    ['1', '5'],
    ['2', '3', '4'],
  ])
})

test('higher priorities arrive first, and each priority in the order of sending', async () => {
  const connection = await TestConnection.open()
  for (const [body, priority] of [
    ['low', 0],
    ['a', 4],
    ['high', 9],
    ['b', 4],
    ['higher', 9],
  ] as const) {
    await connection.send(q('a'), text(body, { priority }))
  }
  expect((await connection.consume(q('a'))).bodies).toEqual(['high', 'higher', 'a', 'b', 'low'])
})

test('what a listener sends, settles and grants while it is handed a message keeps its order', async () => {
  const connection = await TestConnection.open()
  const producer = await connection.producer(q('a'))
  const consumer = await connection.consume(q('a'), { credit: 1 })
  consumer.onMessage = (delivery) => {
    if (consumer.deliveries.length === 1) {
      for (const body of ['2', '3', '4']) void connection.provider.send(producer, text(body))
      expect(consumer.deliveries).toHaveLength(1)
    }
    void consumer.settle('accepted', [delivery])
    consumer.grant(1)
  }
  await connection.provider.send(producer, text('1'))
  expect(consumer.bodies).toEqual(['1', '2', '3', '4'])
  expect(broker.queueDepth('a')).toBe(0)
})

test('a thousand queues keep their messages apart', async () => {
  const connection = await TestConnection.open()
  const names = Array.from({ length: 1_000 }, (_, index) => `queue-${index}`)
  const consumers = await Promise.all(names.map((name) => connection.consume(q(name))))
  for (const round of ['first', 'second']) for (const name of names) await connection.send(q(name), `${round} ${name}`)
  expect(consumers.every(({ bodies }, index) => bodies.join() === `first queue-${index},second queue-${index}`)).toBe(
    true,
  )
  expect(broker.queues()).toHaveLength(1_000)
})

test('many queues that are used once do not pile up', async () => {
  const connection = await TestConnection.open()
  const anywhere = await connection.producer(undefined)
  await connection.send(q('kept'), 'kept')
  for (let index = 0; index < 10_000; index += 1) {
    const consumer = await connection.consume(q(`once-${index}`))
    await connection.provider.send(anywhere, text('x', { destination: q(`once-${index}`) }))
    await consumer.settle()
    await consumer.close()
  }
  expect(broker.queues().length).toBeLessThan(5_000)
  expect(broker.queueDepth('kept')).toBe(1)
})

test('whatever is sent, given back and taken, each message is consumed once and in order within its priority', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('send' as const), priority: fc.integer({ min: 3, max: 5 }), odd: fc.boolean() }),
    fc.record({
      do: fc.constantFrom('grant' as const, 'accept' as const, 'modify' as const),
      who: fc.integer({ min: 0, max: 2 }),
    }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
      const connection = await TestConnection.open()
      const consumers = [
        await connection.consume(q('a'), { credit: 0 }),
        await connection.consume(q('a'), { credit: 0, selector: 'odd' }),
        await connection.consume(q('a'), { credit: 0, selector: 'odd' }),
      ]
      const accepted: unknown[] = []
      const open = consumers.map(() => 0)
      let sent = 0
      for (const action of steps) {
        if (action.do === 'send') {
          await connection.send(
            q('a'),
            text(String(sent), { priority: action.priority, properties: { odd: action.odd } }),
          )
          sent += 1
          continue
        }
        const consumer = consumers[action.who]
        if (consumer === undefined) continue
        if (action.do === 'grant') consumer.grant(2)
        else {
          const batch = consumer.deliveries.slice(open[action.who])
          open[action.who] = consumer.deliveries.length
          if (action.do === 'accept') accepted.push(...batch.map(({ message }) => message.body))
          await consumer.settle(action.do === 'accept' ? 'accepted' : 'modified', batch)
        }
      }
      for (const consumer of consumers) await consumer.close()
      const rest = await connection.consume(q('a'))
      const order = rest.deliveries.map(({ message }) => [-message.priority, Number(message.body)] as const)
      expect(order).toEqual(order.toSorted(([p1, n1], [p2, n2]) => p1 - p2 || n1 - n2))
      expect([...accepted, ...rest.bodies].map(Number).sort((a, b) => a - b)).toEqual(
        Array.from({ length: sent }, (_, n) => n),
      )
      broker.close()
    }),
    { numRuns: 150 },
  )
})
