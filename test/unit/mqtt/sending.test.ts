import type { Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  ConnectionLostError,
  InvalidDestinationError,
  MessageTooLargeError,
  ResourceLimitError,
  topic,
} from '../../../src/index.ts'
import { failureOf } from '../failure-of.ts'
import { broker, client, saying } from './scripted-client.ts'

describe('sending over MQTT', () => {
  it('never has more unconfirmed than the receive maximum of the broker', async () => {
    const held: number[] = []
    const one = await broker((packet, to) => {
      if (packet.cmd === 'publish') held.push(packet.messageId as number)
      return packet.cmd === 'publish' || saying({ receiveMaximum: 3 })(packet, to)
    })
    const connection = await client(one)
    const sends = Promise.all(Array.from({ length: 10 }, (_, index) => connection.send(topic('news'), `${index}`)))
    let confirmed = 0
    while (confirmed < 10) {
      await one.next('publish', Math.min(10, confirmed + 3))
      expect(held.length).toBeLessThanOrEqual(confirmed + 3)
      one.client.say({ cmd: 'puback', messageId: held[confirmed] as number })
      confirmed += 1
    }
    await sends
    expect(one.of('publish').map(({ payload }) => String(payload))).toEqual([...'0123456789'])
  })

  it('gives no packet id twice while it is in use', async () => {
    let first: number | undefined
    const one = await broker((packet) => {
      if (packet.cmd !== 'publish') return false
      first ??= packet.messageId
      return packet.messageId === first
    })
    const connection = await client(one, { maxPendingSends: 1_000 })
    const stuck = connection.send(topic('news'), 'first').catch((error: unknown) => error)
    for (let batch = 0; batch < 70; batch += 1) {
      await Promise.all(
        Array.from({ length: 1_000 }, () => connection.send(topic('news'), '', { disableMessageId: true })),
      )
    }
    const ids = one.of('publish').map(({ messageId }) => messageId)
    expect(ids.length).toBe(70_001)
    expect(ids.filter((id) => id === first)).toHaveLength(1)
    one.client.say({ cmd: 'puback', messageId: first as number })
    expect(await stuck).toBeUndefined()
  })

  it('is confirmed by PUBCOMP at QoS 2', async () => {
    const one = await broker()
    const connection = await client(one, {}, '?mqtt.qos=2')
    await connection.send(topic('news'), 'x')
    expect(one.of('publish')).toMatchObject([{ qos: 2 }])
    expect(one.of('pubrel')).toHaveLength(1)
  })

  it.each([
    [0x87, AuthorizationError],
    [0x90, InvalidDestinationError],
    [0x95, MessageTooLargeError],
    [0x97, ResourceLimitError],
  ])('is refused with the reason code %i of the broker', async (reasonCode, Kind) => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'publish') return false
      to.say({
        cmd: 'puback',
        messageId: packet.messageId,
        reasonCode,
        properties: { reasonString: 'so it is' },
      } as Packet)
      return true
    })
    const error = await failureOf((await client(one)).send(topic('news'), 'x'))
    expect(error).toBeInstanceOf(Kind)
    expect(error.message).toMatch(/sending to topic news on mqtt:\/\/127\.0\.0\.1:\d+ was refused.*so it is/)
  })

  it('does not send a packet that the broker would end the connection over', async () => {
    const one = await broker(saying({ maximumPacketSize: 300 }))
    const connection = await client(one)
    const error = await failureOf(connection.send(topic('news'), 'x'.repeat(300)))
    expect(error).toBeInstanceOf(MessageTooLargeError)
    await connection.send(topic('news'), 'short')
    expect(one.of('publish')).toHaveLength(1)
  })

  it('uses topic aliases where the broker takes them', async () => {
    const one = await broker(saying({ topicAliasMaximum: 1 }))
    const connection = await client(one)
    for (const name of ['prices.gold', 'prices.gold', 'prices.silver']) await connection.send(topic(name), '')
    expect(one.of('publish').map(({ topic: name, properties }) => [name, properties?.topicAlias])).toEqual([
      ['prices/gold', 1],
      ['', 1],
      ['prices/silver', undefined],
    ])
  })

  it('uses no alias that has not gone out, as its message was too large', async () => {
    const one = await broker(saying({ topicAliasMaximum: 10, maximumPacketSize: 300 }))
    const connection = await client(one)
    expect(await failureOf(connection.send(topic('prices.gold'), 'x'.repeat(300)))).toBeInstanceOf(MessageTooLargeError)
    await connection.send(topic('prices.gold'), '')
    expect(one.of('publish').map(({ topic: name }) => name)).toEqual(['prices/gold'])
  })

  it('uses no alias that waits its turn', async () => {
    const one = await broker((packet, to) => {
      return packet.cmd === 'publish' || saying({ topicAliasMaximum: 10, receiveMaximum: 1 })(packet, to)
    })
    const connection = await client(one)
    const [first, second] = [connection.send(topic('first'), ''), connection.send(topic('prices.gold'), '')]
    await connection.send(topic('prices.gold'), '', { deliveryMode: 'non-persistent' })
    const [held] = await one.next('publish', 2)
    one.client.say({ cmd: 'puback', messageId: held?.messageId } as Packet)
    await first
    const [, overtaking, overtaken] = await one.next('publish', 3)
    expect([overtaking, overtaken].map((packet) => packet?.topic)).toEqual(['prices/gold', 'prices/gold'])
    expect([overtaking, overtaken].map((packet) => packet?.properties?.topicAlias)).toEqual([1, undefined])
    one.client.say({ cmd: 'puback', messageId: overtaken?.messageId } as Packet)
    await second
  })

  it('rejects what is unconfirmed when the connection is lost', async () => {
    const one = await broker(({ cmd }) => cmd === 'publish')
    const connection = await client(one)
    const sends = Promise.allSettled([connection.send(topic('news'), '1'), connection.send(topic('news'), '2')])
    await one.next('publish', 2)
    one.client.cut()
    for (const { status, reason } of (await sends) as PromiseRejectedResult[]) {
      expect(status).toBe('rejected')
      expect(reason).toBeInstanceOf(ConnectionLostError)
    }
  })
})
