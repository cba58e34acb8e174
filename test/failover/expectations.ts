/** What holds of an application and its messages after any loss of a broker. */

import { expect, it } from 'vitest'
import { ConnectionLostError, TransactionRolledBackError } from '../../src/index.ts'
import { failureOf, numbered, soon } from '../conformance/waiting.ts'
import { type Application, BROWSED, HELD_MODES } from './application.ts'
import { type Load, outOfOrder, secondTimes } from './load.ts'

/** Something that was there when the broker was lost, and its messages. */
export interface Scene {
  readonly application: Application
  readonly load: Load
}

/** Every call is answered, no confirmed message is lost, none comes twice, and none overtakes another one. */
export async function expectNothingLost(load: Load): Promise<void> {
  expect(outOfOrder(await expectEachOnce(load))).toEqual([])
}

/** The same in any order; gives what was received. */
export async function expectEachOnce(load: Load): Promise<readonly number[]> {
  const { confirmed, refused, received } = await load.finish()
  expect(refused).toEqual([])
  expect(confirmed.length).toBeGreaterThanOrEqual(400)
  expect(secondTimes(received)).toEqual([])
  expect(new Set(received)).toEqual(new Set(confirmed))
  return received
}

/** What a broker has, of what not every broker has. */
export interface Features {
  readonly transactions: boolean
  readonly browsers: boolean
  readonly sharedSubscriptions: boolean
  /** Whether it surely tells afterwards that a message has been delivered before. */
  readonly tellsRedelivered: boolean
  /** False where messages that a lost consumer had may come after later ones; true unless it is said. */
  readonly keepsOrder?: boolean
}

/** Defines the tests of an application that goes on. */
export function itGoesOn(features: Features, scene: () => Scene): void {
  if (features.keepsOrder ?? true)
    it('loses no message that was confirmed, keeps their order, and answers every send', async () => {
      await expectNothingLost(scene().load)
    })
  else
    it('loses no message that was confirmed, and answers every send', async () => {
      await expectEachOnce(scene().load)
    })

  it('tells the application once that it was interrupted, and once that it goes on', () => {
    const { application } = scene()
    expect(application.events).toEqual(['interrupted', 'resumed'])
    expect(application.connection.state).toBe('connected')
  })

  it('sends what was sent while there was no broker, in order', async () => {
    const { application, load } = scene()
    expect(application.sentMeanwhile).toHaveLength(3)
    await soon(Promise.all(application.sentMeanwhile), 'the confirmation')
    const consumer = await (await load.receiver.createSession()).createConsumer(application.later)
    for (const text of numbered(3)) expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe(text)
  })

  it('goes on with the call that waits for a message', async () => {
    const { application } = scene()
    await application.connection.send(application.empty, 'at last')
    expect(await soon(application.waiting, 'the message')).toBe('at last')
  })

  it('goes on with the durable subscription', async () => {
    const { application } = scene()
    await application.connection.send(application.prices, '42')
    expect((await application.subscription.receive({ timeout: 10_000 }))?.body).toBe('42')
  })

  it('subscribes anew to the topic whose subscription has no name', async () => {
    const { application } = scene()
    await application.connection.send(application.news, 'first')
    expect((await application.plain.receive({ timeout: 10_000 }))?.body).toBe('first')
  })

  if (features.sharedSubscriptions)
    it('goes on with the shared subscriptions, durable and not', async () => {
      const { application } = scene()
      await application.connection.send(application.news, 'second')
      expect(application.shared).toHaveLength(2)
      for (const consumer of application.shared) {
        const bodies: (string | undefined)[] = []
        while (bodies.at(-1) !== 'second') bodies.push((await consumer.receive({ timeout: 10_000 }))?.body)
        expect(bodies).toEqual(['first', 'second'])
      }
    })

  it('gets the answer to the request that was on its way', async () => {
    const { application } = scene()
    expect((await soon(application.question, 'the answer')).body).toBe('C-300: 7')
    expect(application.asked).toBeGreaterThan(1)
  })

  it('goes on to answer requests', async () => {
    const { application, load } = scene()
    const answer = await load.sender.request(application.stock, 'A-100', { timeout: 10_000 })
    expect(answer.body).toBe('A-100: 12')
    expect((await application.connection.request(application.stock, 'B-200', { timeout: 10_000 })).body).toBe(
      'B-200: 12',
    )
  })

  it('keeps the name of the temporary queue', async () => {
    const { application } = scene()
    await application.connection.send(application.temporary, 'hello')
    const message = await application.answers.receive({ timeout: 10_000 })
    expect(message?.body).toBe('hello')
    expect(message?.destination?.name).toBe(application.temporary.name)
  })

  it('keeps the name of the temporary topic', async () => {
    const { application } = scene()
    await application.connection.send(application.temporaryTopic, 'hello')
    const message = await application.broadcasts.receive({ timeout: 10_000 })
    expect(message?.body).toBe('hello')
    expect(message?.destination?.name).toBe(application.temporaryTopic.name)
  })

  it.each(HELD_MODES)(
    'does nothing when a message of the lost broker is acknowledged, and gets it again: %s',
    { timeout: 60_000 },
    async (mode) => {
      const { application, load } = scene()
      const held = application.held.get(mode)
      if (held === undefined) throw new Error('no message is held')
      await held.message.acknowledge()
      const again = await held.consumer.receive({ timeout: 30_000 })
      expect(again?.body).toBe('held')
      if (features.tellsRedelivered) expect(again?.redelivered).toBe(true)
      await held.consumer.close()
      // Nobody has acknowledged it.
      const other = await (await load.receiver.createSession()).createConsumer(held.queue)
      expect((await other.receive({ timeout: 20_000 }))?.body).toBe('held')
      expect(await other.receiveNoWait()).toBeNull()
    },
  )

  if (features.transactions)
    it('rolls the open transaction back, says so, and commits the next one', async () => {
      const { transaction, work } = scene().application
      if (transaction === undefined) throw new Error('there is no transaction')
      expect(await failureOf(transaction.session.commit())).toBeInstanceOf(TransactionRolledBackError)
      await transaction.producer.send('kept')
      await transaction.session.commit()
      const consumer = await (await scene().load.receiver.createSession()).createConsumer(work)
      expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('kept')
      expect(await consumer.receiveNoWait()).toBeNull()
    })

  if (features.browsers)
    it('ends a look through a queue with an error, and a new look sees all of it', async () => {
      const { browsing } = scene().application
      if (browsing === undefined) throw new Error('there is no browser')
      expect(await failureOf(toEnd(browsing.iterator))).toBeInstanceOf(ConnectionLostError)
      let seen = 0
      for await (const _ of browsing.browser) seen += 1
      expect(seen).toBe(BROWSED)
    })

  it('has nothing else to complain about, and closes', async () => {
    const { application, load } = scene()
    expect(application.errors).toEqual([])
    await application.close()
    await soon(load.close(), 'the close of the connections')
  })
}

async function toEnd(iterator: AsyncIterator<unknown>): Promise<void> {
  while ((await iterator.next()).done !== true) {
    // What has come before is still seen.
  }
}
