import { describe, expect, it } from 'vitest'
import { queue } from '../../src/index.ts'
import type { Frame } from '../../src/providers/stomp/frame.ts'
import { broker, CLASSIC, client } from '../unit/stomp/bench.ts'
import { bytesOf, type Script, subscriptionTo } from '../unit/stomp/scripted-broker.ts'

/** Two messages come with the receipt, in one packet: before there is credit for any. */
const bringsTwo: Script = ({ command, headers }, peer) => {
  const id = headers.get('id') ?? ''
  // A further subscription of the same consumer gets no others.
  if (command !== 'SUBSCRIBE' || id.includes('/')) return false
  const receipt = bytesOf('RECEIPT', { 'receipt-id': headers.get('receipt') ?? '' })
  peer.write(Buffer.concat([receipt, messageOver(id, 'one'), messageOver(id, 'two')]))
  return true
}

function messageOver(subscription: string, name: string): Uint8Array {
  const fields = { subscription, 'message-id': name, ack: name, destination: '/queue/orders', 'amq-msg-type': 'text' }
  return bytesOf('MESSAGE', fields, name)
}

describe('a receive() that waits as credit brings two messages at once', () => {
  it('in a transaction gets the first one after a failover, and the commit acknowledges no other', async () => {
    const one = await broker(CLASSIC, (frame, peer) => one.clients.length === 2 && bringsTwo(frame, peer))
    const connection = await client(one, { failover: { initialReconnectDelay: 1 } })
    const session = await connection.createSession({ transacted: true })
    const consumer = await session.createConsumer(queue('orders'), { prefetch: 1 })
    const waiting = consumer.receive({ timeout: 5_000 })
    one.client.cut()
    expect((await waiting)?.body).toBe('one')
    await session.commit()
    expect(acknowledged(one.frames)).toEqual(['one'])
    expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe('two')
    await session.commit()
    expect(acknowledged(one.frames)).toEqual(['one', 'two'])
  })

  it('gets the first one, and who waits next the second', async () => {
    const one = await broker(CLASSIC, (frame, peer) => one.clients.length === 2 && bringsTwo(frame, peer))
    const connection = await client(one, { failover: { initialReconnectDelay: 1 } })
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(queue('orders'), { prefetch: 1 })
    const waiting = [consumer.receive({ timeout: 5_000 }), consumer.receive({ timeout: 5_000 })]
    one.client.cut()
    expect((await Promise.all(waiting)).map((message) => message?.body)).toEqual(['one', 'two'])
  })

  it('gets the first one as the connection is started', async () => {
    const one = await broker(CLASSIC)
    const connection = await client(one)
    await connection.stop()
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(queue('orders'), { prefetch: 1 })
    const waiting = consumer.receive({ timeout: 5_000 })
    bringsTwo(await subscriptionTo(one, '/queue/orders'), one.client)
    await connection.send(queue('others'), 'what was said before has come')
    await connection.start()
    expect((await waiting)?.body).toBe('one')
    expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe('two')
  })
})

function acknowledged(frames: readonly Frame[]): (string | undefined)[] {
  return frames.filter(({ command }) => command === 'ACK').map(({ headers }) => headers.get('id'))
}
