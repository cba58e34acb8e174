import { describe, expect, it } from 'vitest'
import { checkHistory, type Rule } from '../../chaos/checker.ts'
import type { Happening, HistoryRecord, Outcome } from '../../chaos/history.ts'

/** A history by hand: one producer `p` and one consumer `c` on two connections, each step 10 s after the one before. */
class HandMade {
  readonly records: HistoryRecord[] = []
  #at = 0
  #ids = 0

  constructor() {
    this.add({ type: 'producer', producer: 'p', connection: 'sending', destination: 'd' })
    this.consumer('c')
  }

  add(happening: Happening): this {
    this.#at += 10_000
    this.records.push({ at: this.#at, ...happening })
    return this
  }

  consumer(consumer: string, group = 'g', kind: 'queue' | 'topic' = 'queue'): this {
    return this.add({ type: 'consumer', consumer, connection: 'consuming', destination: 'd', kind, group })
  }

  call(name: string, outcome: Outcome | undefined, subject: { message?: string; transaction?: string } = {}): this {
    const call = ++this.#ids
    this.add({ type: 'call', call, name, actor: 'p', ...subject })
    return outcome === undefined ? this : this.add({ type: 'outcome', call, outcome, error: 'why' })
  }

  send(number: number, transaction?: string): this {
    return this.call('send', 'done', { message: `p/${number}`, ...(transaction !== undefined && { transaction }) })
  }

  /** A send during which its connection is interrupted. */
  sendInDoubt(number: number): this {
    const call = ++this.#ids
    this.add({ type: 'call', call, name: 'send', actor: 'p', message: `p/${number}` })
    return this.interrupt('sending').add({ type: 'outcome', call, outcome: 'done' })
  }

  end(transaction: string, outcome: Outcome, name = 'commit'): this {
    return this.call(name, outcome, { transaction })
  }

  interrupt(connection: string): this {
    return this.add({ type: 'interrupted', connection, error: 'gone' })
  }

  deliver(number: number, more: { transaction?: string; consumer?: string; redelivered?: boolean } = {}): this {
    const delivery = ++this.#ids
    this.add({ type: 'delivered', delivery, consumer: 'c', message: `p/${number}`, redelivered: false, ...more })
    return more.transaction === undefined ? this.add({ type: 'handled', delivery }) : this
  }

  /** A delivery that is handled after its connection was interrupted. */
  deliverStale(number: number): this {
    const delivery = ++this.#ids
    this.add({ type: 'delivered', delivery, consumer: 'c', message: `p/${number}`, redelivered: false })
    return this.interrupt('consuming').add({ type: 'handled', delivery })
  }
}

function history(): HandMade {
  return new HandMade()
}

function rulesBroken({ records }: HandMade): Rule[] {
  return checkHistory(records).violations.map(({ rule }) => rule)
}

describe('the checker accepts', () => {
  it('messages that come once and in order', () => {
    expect(rulesBroken(history().send(1).send(2).deliver(1).deliver(2))).toEqual([])
  })

  it('a second copy of a send during which the connection was interrupted', () => {
    expect(rulesBroken(history().sendInDoubt(1).deliver(1).deliver(1))).toEqual([])
  })

  it('another delivery of what was stale when it was handled', () => {
    expect(rulesBroken(history().send(1).deliverStale(1).deliver(1, { redelivered: true }))).toEqual([])
  })

  it('another delivery of what was acknowledged during the fault that cut the connection', () => {
    const told = history().send(1).add({ type: 'fault', fault: 1, kind: 'pause', phase: 'begin' }).deliver(1)
    told.add({ type: 'fault', fault: 1, kind: 'pause', phase: 'end' })
    told.records.push({
      at: (told.records.at(-1)?.at ?? 0) + 5,
      type: 'interrupted',
      connection: 'consuming',
      error: '',
    })
    expect(rulesBroken(told.deliver(1))).toEqual([])
  })

  it('another delivery of what was acknowledged behind a send that the broker had not answered when it was lost', () => {
    const told = (connection: string): HandMade => {
      const begun = history().add({ type: 'producer', producer: 'q', connection, destination: 'elsewhere' }).send(1)
      begun.add({ type: 'call', call: 99, name: 'send', actor: 'q', message: 'q/1' }).deliver(1)
      return begun.interrupt('consuming').add({ type: 'outcome', call: 99, outcome: 'refused' }).deliver(1)
    }
    expect(rulesBroken(told('consuming'))).toEqual([])
    expect(rulesBroken(told('sending'))).toEqual(['duplicated'])
  })

  it('another delivery of what was acknowledged while something happened to a node of the cluster', () => {
    const told = (kind: string): HandMade => {
      const begun = history().send(1).add({ type: 'fault', fault: 1, kind, phase: 'begin' }).deliver(1)
      return begun.add({ type: 'fault', fault: 1, kind, phase: 'end' }).deliver(1)
    }
    expect(rulesBroken(told('kill-node'))).toEqual([])
    expect(rulesBroken(told('throttle'))).toEqual(['duplicated'])
  })

  it('another delivery of what the application got just after the loss', () => {
    const told = history().send(1).interrupt('consuming')
    const at = (told.records.at(-1)?.at ?? 0) + 1
    told.records.push({ at, type: 'delivered', delivery: 99, consumer: 'c', message: 'p/1', redelivered: false })
    told.records.push({ at, type: 'handled', delivery: 99 })
    expect(rulesBroken(told.deliver(1))).toEqual([])
  })

  it('another delivery of what was received in a transaction that was rolled back', () => {
    const told = history().send(1).deliver(1, { transaction: 'c:1' }).end('c:1', 'done', 'rollback')
    expect(rulesBroken(told.deliver(1, { transaction: 'c:2' }).end('c:2', 'done'))).toEqual([])
  })

  it('that a durable subscription of ActiveMQ Classic repeats what was sent while the broker was down', () => {
    const told = (target: string): HandMade => {
      const begun = history().add({ type: 'run', seed: 1, target }).consumer('s', 'subscription', 'topic')
      for (const phase of ['begin', 'end'] as const) {
        begun.add({ type: 'fault', fault: 1, kind: 'restart', phase })
        if (phase === 'begin') begun.send(1).deliver(1)
      }
      return begun.deliver(1, { consumer: 's' }).deliver(1, { consumer: 's' })
    }
    expect(rulesBroken(told('activemq, amqp'))).toEqual([])
    expect(rulesBroken(told('artemis, amqp'))).toEqual(['duplicated'])
  })

  it('both outcomes of a commit in doubt', () => {
    const told = history().send(1, 'p:1').send(2, 'p:1').end('p:1', 'in doubt')
    expect(rulesBroken(told)).toEqual([])
    expect(rulesBroken(told.deliver(1).deliver(2))).toEqual([])
  })

  it('what the broker delivers again out of order', () => {
    expect(rulesBroken(history().send(1).send(2).deliver(2).deliver(1, { redelivered: true }))).toEqual([])
  })

  it('that consumers of one queue share its messages', () => {
    expect(
      rulesBroken(history().consumer('other').send(1).send(2).deliver(2).deliver(1, { consumer: 'other' })),
    ).toEqual([])
  })
})

describe('the checker finds', () => {
  const violations: [string, Rule, HandMade][] = [
    ['a confirmed message that does not come', 'lost', history().send(1)],
    [
      'a confirmed message that one of two subscriptions does not get',
      'lost',
      history().consumer('e', 'h').send(1).deliver(1),
    ],
    [
      'a message that is only received in a transaction that is rolled back',
      'lost',
      history().send(1).deliver(1, { transaction: 'c:1' }).end('c:1', 'done', 'rollback'),
    ],
    ['a message of a committed transaction that does not come', 'lost', history().send(1, 'p:1').end('p:1', 'done')],
    ['a message that comes twice', 'duplicated', history().send(1).deliver(1).deliver(1)],
    ['a third copy of a message', 'duplicated', history().sendInDoubt(1).deliver(1).deliver(1).deliver(1)],
    [
      'a message that comes again though it was acknowledged long before the connection was lost',
      'duplicated',
      history().send(1).deliver(1).interrupt('consuming').deliver(1, { redelivered: true }),
    ],
    [
      'a message that two committed transactions received',
      'duplicated',
      history()
        .send(1)
        .deliver(1, { transaction: 'c:1' })
        .end('c:1', 'done')
        .deliver(1, { transaction: 'c:2' })
        .end('c:2', 'done'),
    ],
    ['messages in another order', 'order', history().send(1).send(2).deliver(2).deliver(1)],
    [
      'messages in another order at one of several consumers',
      'order',
      history().consumer('other').send(1).send(2).deliver(2).deliver(1),
    ],
    ['a message that nobody sent', 'phantom', history().deliver(1)],
    [
      'a message that was sent elsewhere',
      'phantom',
      history()
        .add({ type: 'producer', producer: 'p', connection: 'sending', destination: 'elsewhere' })
        .send(1)
        .deliver(1),
    ],
    ['a message that was rolled back', 'phantom', history().send(1, 'p:1').end('p:1', 'done', 'rollback').deliver(1)],
    ['a message whose commit was refused', 'phantom', history().send(1, 'p:1').end('p:1', 'refused').deliver(1)],
    ['a message whose transaction did not end', 'phantom', history().send(1, 'p:1').deliver(1)],
    [
      'half of a transaction whose commit was in doubt',
      'torn',
      history().send(1, 'p:1').send(2, 'p:1').end('p:1', 'in doubt').deliver(2),
    ],
    ['a call that failed', 'failed', history().call('receive', 'failed')],
    [
      'an error that a connection reports',
      'failed',
      history().add({ type: 'error', connection: 'sending', error: 'x' }),
    ],
    ['a call that does not end', 'pending', history().call('close', undefined)],
  ]

  it.each(violations)('%s', (_, rule, told) => {
    expect(rulesBroken(told)).toEqual([rule])
  })
})

it('the checker counts', () => {
  const told = history()
  for (const phase of ['begin', 'end'] as const) told.add({ type: 'fault', fault: 1, kind: 'kill', phase })
  told.sendInDoubt(1).deliver(1).deliver(1, { redelivered: true })
  told.send(2, 'p:1').end('p:1', 'done', 'rollback')
  expect(checkHistory(told.records).totals).toEqual({
    messages: 2,
    confirmed: 1,
    consumed: 1,
    duplicates: 1,
    redelivered: 1,
    interruptions: 1,
    faults: { kill: 1 },
    longestOutage: 20_000,
  })
})
