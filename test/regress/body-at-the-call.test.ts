import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'

it('connection.send() takes the body as it is at the call: changing it afterwards changes nothing', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  const bytes = Uint8Array.of(1, 2, 3)
  const order = { id: 1, lines: [1] }
  const sends: Promise<void>[] = []
  // The first of them open the session that the connection keeps for this.
  for (let round = 0; round < 3; round += 1) {
    bytes.fill(round)
    order.id = round
    order.lines = [round]
    sends.push(connection.send(queue('orders'), bytes), connection.send(queue('orders'), order))
    bytes.fill(99)
    order.id = 99
    order.lines.push(99)
    if (round === 1) await Promise.all(sends)
  }
  await Promise.all(sends)

  const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
  for (let round = 0; round < 3; round += 1) {
    expect((await consumer.receive({ timeout: 1_000 }))?.body).toEqual(Uint8Array.of(round, round, round))
    expect((await consumer.receive({ timeout: 1_000 }))?.body).toEqual({ id: round, lines: [round] })
  }
})

it('connection.request() takes bytes as they are at the call', async () => {
  await using connection = await connect(`memory:${randomUUID()}`)
  await connection.reply(queue('echo'), ({ body }) => body)
  const bytes = Uint8Array.of(0)
  for (const value of [1, 2]) {
    bytes.fill(value)
    const answer = connection.request(queue('echo'), bytes)
    bytes.fill(99)
    expect((await answer).body).toEqual(Uint8Array.of(value))
  }
})
