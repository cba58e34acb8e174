import { describe, expect, it } from 'vitest'
import { type ReceivedMessage, topic } from '../../../src/index.ts'
import { message as messageOf } from './scripted-broker.ts'
import { broker, client } from './scripted-client.ts'

describe('acknowledging over MQTT', () => {
  it('holds PUBACK back until the application is done', async () => {
    const one = await broker()
    const connection = await client(one)
    let finish: () => void = () => {}
    const finished = new Promise<void>((resolve) => (finish = resolve))
    const begun = new Promise<void>((resolve) => {
      void connection.consume(topic('news'), () => {
        resolve()
        return finished
      })
    })
    await one.next('subscribe')
    one.client.say(messageOf(7, 'news'))
    await begun
    await connection.send(topic('other'), 'round trip')
    expect(one.of('puback')).toEqual([])
    finish()
    expect(await one.next('puback')).toMatchObject([{ messageId: 7 }])
  })

  it('lets messages be acknowledged in any order, each by itself', async () => {
    const one = await broker()
    const session = await (await client(one)).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(topic('news'))
    one.client.say(messageOf(1, 'news'), messageOf(2, 'news'), messageOf(3, 'news'))
    const received: ReceivedMessage[] = []
    while (received.length < 3) received.push((await consumer.receive()) as ReceivedMessage)
    await received[2]?.acknowledge()
    await received[0]?.acknowledge()
    expect(await one.next('puback', 2)).toMatchObject([{ messageId: 3 }, { messageId: 1 }])
  })

  it('acknowledges a message for two consumers once, after both', async () => {
    const one = await broker()
    const session = await (await client(one)).createSession({ acknowledgeMode: 'individual' })
    const [first, second] = [await session.createConsumer(topic('news')), await session.createConsumer(topic('news'))]
    one.client.say(messageOf(1, 'news'))
    await (await first.receive())?.acknowledge()
    const other = await second.receive()
    await session.createConsumer(topic('round.trip'))
    expect(one.of('puback')).toEqual([])
    await other?.acknowledge()
    expect(await one.next('puback')).toHaveLength(1)
  })

  it('acknowledges what nobody wants any more, after it has unsubscribed', async () => {
    const one = await broker()
    const session = await (await client(one)).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(topic('news'))
    one.client.say(messageOf(1, 'news'))
    await consumer.receive()
    await consumer.close()
    const order = one.packets.map(({ cmd }) => cmd).filter((cmd) => cmd === 'unsubscribe' || cmd === 'puback')
    expect([...order, ...(await one.next('puback')).map(({ cmd }) => cmd)].slice(0, 2)).toEqual([
      'unsubscribe',
      'puback',
    ])
  })

  it('takes a message at QoS 2 once, and says PUBREC when the application is done', async () => {
    const one = await broker()
    const session = await (await client(one, {}, '?mqtt.qos=2')).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(topic('news'))
    expect(one.of('subscribe')).toMatchObject([{ subscriptions: [{ qos: 2 }] }])
    one.client.say(messageOf(5, 'news', { qos: 2 }), messageOf(5, 'news', { qos: 2, dup: true }), messageOf(6, 'news'))
    const first = await consumer.receive()
    expect((await consumer.receive())?.redelivered).toBe(false)
    expect(one.of('pubrec')).toEqual([])
    await first?.acknowledge()
    expect(await one.next('pubrec')).toMatchObject([{ messageId: 5 }])
    one.client.say({ cmd: 'pubrel', messageId: 5 })
    expect(await one.next('pubcomp')).toMatchObject([{ messageId: 5 }])
  })
})
