import { afterEach, expect, test, vi } from 'vitest'
import { double } from '../../../src/message/typed-number.ts'
import * as selectors from '../../../src/selector/index.ts'
import { broker, q, TestConnection, text } from './harness.ts'

vi.mock(import('../../../src/selector/index.ts'), { spy: true })

afterEach(() => {
  broker.close()
  vi.mocked(selectors.compileSelector).mockClear()
})

const coloured = (body: string, colour: string, priority = 4) => text(body, { priority, properties: { colour } })

test('a consumer gets what its selector matches, and the rest stays for others', async () => {
  const connection = await TestConnection.open()
  const red = await connection.consume(q('a'), { selector: "colour = 'red'" })
  await connection.sendAll(q('a'), coloured('1', 'blue'), coloured('2', 'red'), coloured('3', 'blue'))
  expect(red.bodies).toEqual(['2'])
  expect((await connection.consume(q('a'))).bodies).toEqual(['1', '3'])
})

test('a selector sees headers and typed properties', async () => {
  const connection = await TestConnection.open()
  const consumer = await connection.consume(q('a'), {
    selector:
      "JMSPriority > 5 AND JMSDeliveryMode = 'NON_PERSISTENT' AND JMSType = 'k' AND JMSXGroupID = 'g' AND half / 2 = 3.5",
  })
  const matching = {
    priority: 6,
    deliveryMode: 'non-persistent',
    type: 'k',
    groupId: 'g',
    properties: { half: double(7) },
  } as const
  await connection.send(q('a'), text('yes', matching))
  await connection.send(q('a'), text('no', { ...matching, priority: 5 }))
  await connection.send(q('a'), text('nor', { ...matching, properties: { half: 7 } }))
  expect(consumer.bodies).toEqual(['yes'])
})

test('a wrong selector is refused when the consumer is made', async () => {
  const connection = await TestConnection.open()
  await expect(connection.consume(q('a'), { selector: 'colour =' })).rejects.toMatchObject({
    code: 'ERR_INVALID_SELECTOR',
  })
})

test('priorities hold within what a selector matches', async () => {
  const connection = await TestConnection.open()
  await connection.sendAll(
    q('a'),
    coloured('1', 'red', 1),
    coloured('2', 'blue', 9),
    coloured('3', 'red', 8),
    coloured('4', 'red', 1),
  )
  const red = await connection.consume(q('a'), { selector: "colour = 'red'" })
  expect(red.bodies).toEqual(['3', '1', '4'])
})

test('a message given back by one consumer reaches another whose selector matches, in its place', async () => {
  const connection = await TestConnection.open()
  const all = await connection.consume(q('a'), { credit: 1 })
  await connection.sendAll(q('a'), coloured('1', 'red'), coloured('2', 'blue'), coloured('3', 'red'))
  const red = await connection.consume(q('a'), { selector: "colour = 'red'", credit: 0 })
  await all.settle('modified')
  red.grant(5)
  expect(red.bodies).toEqual(['1', '3'])
})

test('a backlog that nobody selects is examined once, not at every send', async () => {
  const connection = await TestConnection.open()
  const probe = vi.fn<() => void>()
  vi.mocked(selectors.compileSelector).mockImplementationOnce(
    () =>
      ({
        matches: (lookup) => {
          probe()
          return lookup('colour') === 'red'
        },
      }) as selectors.Selector,
  )
  const red = await connection.consume(q('a'), { selector: "colour = 'red'" })
  for (let index = 0; index < 500; index += 1) await connection.send(q('a'), coloured(String(index), 'blue'))
  await connection.send(q('a'), coloured('red', 'red'))
  await red.settle()
  red.grant(1)
  expect(red.bodies).toEqual(['red'])
  expect(probe).toHaveBeenCalledTimes(501)
})

test('after the last consumer with a selector has left, its messages are still there for others', async () => {
  const connection = await TestConnection.open()
  const red = await connection.consume(q('a'), { selector: "colour = 'red'", credit: 0 })
  await connection.sendAll(q('a'), coloured('1', 'red'), coloured('2', 'red'))
  await red.close()
  expect((await connection.consume(q('a'))).bodies).toEqual(['1', '2'])
})

const inGroup = (body: string, groupId: string, groupSequence?: number) => text(body, { groupId, groupSequence })

test('all messages of a group go to the consumer that got the first', async () => {
  const connection = await TestConnection.open()
  const [one, two] = [await connection.consume(q('a')), await connection.consume(q('a'))]
  await connection.sendAll(
    q('a'),
    inGroup('a1', 'a'),
    inGroup('b1', 'b'),
    inGroup('b2', 'b'),
    inGroup('b3', 'b'),
    inGroup('a2', 'a'),
  )
  expect([one.bodies, two.bodies]).toEqual([
    ['a1', 'a2'],
    ['b1', 'b2', 'b3'],
  ])
})

test('a group whose consumer has no credit waits for it and holds up nobody else', async () => {
  const connection = await TestConnection.open()
  const owner = await connection.consume(q('a'), { credit: 1 })
  const other = await connection.consume(q('a'), { credit: 0 })
  await connection.sendAll(q('a'), inGroup('g1', 'g'), inGroup('g2', 'g'), 'x', inGroup('g3', 'g'), 'y')
  other.grant(10)
  expect([owner.bodies, other.bodies]).toEqual([['g1'], ['x', 'y']])
  expect(broker.messages('a').map(({ body }) => body)).toEqual(['g2', 'g3'])
  owner.grant(10)
  expect(owner.bodies).toEqual(['g1', 'g2', 'g3'])
})

test('when the consumer of a group closes, another takes the group over from its first unsettled message', async () => {
  const connection = await TestConnection.open()
  const owner = await connection.consume(q('a'), { credit: 2 })
  await connection.sendAll(q('a'), inGroup('g1', 'g'), inGroup('g2', 'g'), inGroup('g3', 'g'))
  const next = await connection.consume(q('a'))
  const third = await connection.consume(q('a'))
  await owner.settle('accepted', [owner.at(0)])
  await owner.close()
  await connection.send(q('a'), inGroup('g4', 'g'))
  expect([next.bodies, third.bodies]).toEqual([['g2', 'g3', 'g4'], []])
})

test('group sequence −1 ends a group: its next message begins one anew', async () => {
  const connection = await TestConnection.open()
  const [one, two] = [await connection.consume(q('a')), await connection.consume(q('a'))]
  await connection.sendAll(
    q('a'),
    inGroup('1', 'g', 1),
    inGroup('2', 'g', -1),
    inGroup('3', 'g', 1),
    inGroup('4', 'g', 2),
  )
  expect([one.bodies, two.bodies].map(({ length }) => length).sort()).toEqual([2, 2])
  expect(one.bodies).toEqual(['1', '2'])
  expect(two.bodies).toEqual(['3', '4'])
})

test('a failed message of a group goes back to the same consumer, before the rest of the group', async () => {
  const connection = await TestConnection.open()
  const owner = await connection.consume(q('a'), { credit: 1 })
  await connection.sendAll(q('a'), inGroup('1', 'g'), inGroup('2', 'g'))
  const other = await connection.consume(q('a'))
  await owner.settle('modified')
  expect(other.bodies).toEqual([])
  owner.grant(2)
  expect(owner.bodies).toEqual(['1', '1', '2'])
})

test('a message of a group that its consumer does not select goes to another', async () => {
  const connection = await TestConnection.open()
  const red = await connection.consume(q('a'), { selector: "colour = 'red'" })
  const any = await connection.consume(q('a'), { credit: 0 })
  await connection.send(q('a'), text('1', { groupId: 'g', properties: { colour: 'red' } }))
  await connection.send(q('a'), text('2', { groupId: 'g', properties: { colour: 'blue' } }))
  any.grant(10)
  await connection.send(q('a'), text('3', { groupId: 'g', properties: { colour: 'red' } }))
  expect([red.bodies, any.bodies]).toEqual([['1', '3'], ['2']])
})
