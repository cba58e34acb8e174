import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { embeddedBroker } from '../../../src/embedded-broker.ts'
import { type Connection, connect, queue } from '../../../src/index.ts'
import { clockPasses, gate, numbered, soon } from '../../conformance/waiting.ts'
import { connectTo, FakeBroker } from './fake-broker.ts'

const orders = queue<string>('orders')
const connections: Connection[] = []

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

/** Resolves when the connection goes on at the endpoint of this name. */
function resumedAt(connection: Connection, name: string): Promise<void> {
  const there = gate()
  connection.on('resumed', ({ endpoint }) => {
    if (endpoint === name) there.open()
  })
  return soon(there.opened, `a connection to ${name}`)
}

describe('a connection with priorityBackup', () => {
  it('returns to the preferred broker, and no message is lost or sent twice on the way', async () => {
    const [preferred, backup] = [embeddedBroker(randomUUID()), embeddedBroker(randomUUID())]
    const uris = [preferred, backup].map(({ name }) => `memory:${name}`)
    const connection = await connect(uris, { failover: { priorityBackup: true, initialReconnectDelay: 1 } })
    connections.push(connection)
    const [home = '', away = ''] = uris
    const path: string[] = []
    connection.on('interrupted', (error) => path.push(error.message))
    connection.on('resumed', ({ endpoint }) => path.push(endpoint))
    const received: string[] = []
    await connection.consume(orders, ({ body }) => received.push(body))
    const producer = await (await connection.createSession()).createProducer(orders)
    const sends: Promise<void>[] = []
    let isBack = false
    const back = resumedAt(connection, home).then(() => {
      isBack = true
    })

    const texts: string[] = []
    for (let number = 0; !isBack; number += 1) {
      texts.push(String(number))
      sends.push(producer.send(String(number)))
      if (number === 20) preferred.dropConnections()
      await new Promise(setImmediate)
    }
    await back
    sends.push(producer.send('last'))
    await Promise.all(sends)
    // What the preferred broker had delivered when it was lost waits there, and comes again.
    await expect.poll(() => received.length).toBe(texts.length + 1)
    expect(new Set(received)).toEqual(new Set([...texts, 'last']))
    expect(path).toEqual([
      expect.stringMatching(/drop its connections/),
      away,
      `${home} is preferred to ${away}, and there again`,
      home,
    ])
    expect([preferred.connections(), backup.connections()]).toEqual([1, 0])
    for (const broker of [preferred, backup]) broker.close()
  })

  /** On the backup, with the preferred endpoint still away. */
  async function onBackup(failover = {}, closeTimeout = 10_000) {
    const [preferred, backup] = [new FakeBroker('preferred'), new FakeBroker('backup')]
    preferred.door = 'shut'
    const options = { closeTimeout, failover: { priorityBackup: true, maxReconnectDelay: 2, ...failover } }
    const connection = await connectTo([[preferred, backup]], options)
    connections.push(connection)
    const interruptions: string[] = []
    connection.on('interrupted', (error) => interruptions.push(error.message))
    return { preferred, backup, connection, interruptions }
  }

  it('returns with its consumers, and with what is sent meanwhile', async () => {
    const { preferred, backup, connection } = await onBackup()
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const waiting = consumer.receive({ timeout: 5_000 })
    const back = resumedAt(connection, preferred.name)
    preferred.door = 'open'
    await back
    await connection.send(orders, 'after')
    preferred.deliver('one')
    expect((await waiting)?.body).toBe('one')
    expect(preferred.sent).toEqual(['after'])
    expect(backup.connections).toBe(0)
  })

  it('leaves the backup once that has confirmed what it has, and sends the rest to the preferred one', async () => {
    const { preferred, backup, connection } = await onBackup()
    const producer = await (await connection.createSession()).createProducer(orders)
    backup.answersSends = false
    const first = producer.send('first')
    const back = resumedAt(connection, preferred.name)
    preferred.door = 'open'
    await expect.poll(() => preferred.connections).toBe(1)
    const second = producer.send('second')
    expect(connection.peer.endpoint).toBe(backup.name)
    backup.answer()
    await back
    await Promise.all([first, second])
    expect([backup.sent, preferred.sent]).toEqual([['first'], ['second']])
  })

  it('leaves without the confirmation when that does not come in closeTimeout, and sends the message again', async () => {
    const { preferred, backup, connection } = await onBackup({}, 20)
    const producer = await (await connection.createSession()).createProducer(orders)
    backup.answersSends = false
    const sends = numbered(3).map((text) => producer.send(text))
    preferred.door = 'open'
    await Promise.all(sends)
    expect(backup.sent).toEqual(numbered(3))
    expect(preferred.sent).toEqual(numbered(3))
  })

  it('leaves once a commit that is under way is answered', async () => {
    const { preferred, backup, connection } = await onBackup()
    const session = await connection.createSession({ transacted: true })
    const producer = await session.createProducer(orders)
    await producer.send('one')
    backup.answersCommits = false
    const committed = session.commit()
    const back = resumedAt(connection, preferred.name)
    await expect.poll(() => backup.told).toContain('commit')
    preferred.door = 'open'
    await expect.poll(() => preferred.connections).toBe(1)
    backup.answer()
    await committed
    await back
    expect(preferred.told).not.toContain('commit')
  })

  it('stays where it is when the preferred one goes again before it is in use', async () => {
    const { preferred, backup, connection, interruptions } = await onBackup()
    const producer = await (await connection.createSession()).createProducer(orders)
    backup.answersSends = false
    const first = producer.send('first')
    preferred.door = 'open'
    await expect.poll(() => preferred.connections).toBe(1)
    const second = producer.send('second')
    preferred.door = 'shut'
    preferred.lose()
    backup.answer()
    await Promise.all([first, second])
    expect(backup.sent).toEqual(['first', 'second'])
    expect(interruptions).toEqual([])
    const back = resumedAt(connection, preferred.name)
    preferred.door = 'open'
    await back
  })

  it('goes back to the backup when the preferred one is not up to it', async () => {
    const { preferred, backup, connection } = await onBackup()
    await (await connection.createSession()).createConsumer(orders)
    preferred.onCreate = () => preferred.lose()
    preferred.door = 'open'
    await resumedAt(connection, backup.name)
    preferred.onCreate = () => {}
    await resumedAt(connection, preferred.name)
  })

  it('does not move to and fro all the time with a preferred one that does not hold', async () => {
    const { preferred, connection } = await onBackup({ initialReconnectDelay: 10, maxReconnectDelay: 60_000 })
    const moves: number[] = []
    const enough = gate()
    connection.on('resumed', ({ endpoint }) => {
      if (endpoint !== preferred.name) return
      moves.push(performance.now())
      if (moves.length === 6) enough.open()
      else queueMicrotask(() => preferred.lose())
    })
    preferred.door = 'open'
    await soon(enough.opened, 'the sixth move')
    // Each is looked for after twice the time of the one before: 10, 20, 40 … ms.
    expect((moves.at(-1) as number) - (moves.at(-2) as number)).toBeGreaterThan(100)
  })

  it('looks for nothing while it is on the preferred endpoint, nor after it is closed', async () => {
    const { preferred, backup, connection } = await onBackup()
    const back = resumedAt(connection, preferred.name)
    preferred.door = 'open'
    await back
    const { attempts } = preferred
    backup.door = 'shut'
    preferred.door = 'shut'
    preferred.lose()
    await expect.poll(() => preferred.attempts).toBeGreaterThan(attempts + 3)
    await connection.close()
    const atTheEnd = preferred.attempts + backup.attempts
    await clockPasses(Date.now() + 20)
    expect(preferred.attempts + backup.attempts).toBe(atTheEnd)
  })
})
