import { describe, expect, it } from 'vitest'
import { AuthorizationError, type Session, TimeoutError, topic, UnsupportedFeatureError } from '../../../src/index.ts'
import { failureOf } from '../failure-of.ts'
import { message as messageOf, type ScriptedBroker } from './scripted-broker.ts'
import { broker, client } from './scripted-client.ts'

describe('receiving over MQTT', () => {
  async function sit(one: ScriptedBroker): Promise<Session> {
    return (await client(one)).createSession()
  }

  it('loses nothing to a broker that gives aliases to topics where it may, and mixes up the order of its messages', async () => {
    const one = await broker()
    const consumer = await (await sit(one)).createConsumer(topic('prices.*'))
    const [first] = one.of('connect')
    const [name, properties] = first?.properties?.topicAliasMaximum ? ['', { topicAlias: 1 }] : ['prices/gold', {}]
    one.client.say(messageOf(2, name, { properties }), messageOf(1, 'prices/gold', { properties }))
    for (let count = 0; count < 2; count += 1) expect((await consumer.receive())?.destination?.name).toBe('prices.gold')
  })

  it('goes by subscription identifiers: one copy with two of them, and two copies with one each', async () => {
    const one = await broker()
    const session = await sit(one)
    const [all, gold] = [
      await session.createConsumer(topic('prices.>')),
      await session.createConsumer(topic('prices.gold')),
    ]
    const ids = one.of('subscribe').map(({ properties }) => properties?.subscriptionIdentifier)
    one.client.say(
      messageOf(1, 'prices/gold', { properties: { subscriptionIdentifier: ids } }),
      messageOf(2, 'prices/gold', { properties: { subscriptionIdentifier: ids[0] } }),
      messageOf(3, 'prices/gold', { properties: { subscriptionIdentifier: ids[1] } }),
    )
    const bodies = async (consumer: typeof all): Promise<string[]> =>
      [await consumer.receive(), await consumer.receive()].map((received) =>
        new TextDecoder().decode(received?.body as Uint8Array),
      )
    expect(await bodies(all)).toEqual(['message 1', 'message 2'])
    expect(await bodies(gold)).toEqual(['message 1', 'message 3'])
  })

  it('brings what is retained to whoever has just subscribed, and not again to the others', async () => {
    let id = 0
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'subscribe') return false
      id += 1
      to.say(
        { cmd: 'suback', messageId: packet.messageId as number, granted: [1] },
        messageOf(id, 'news', { retain: true }),
      )
      return true
    })
    const session = await sit(one)
    const first = await session.createConsumer(topic('news'))
    expect((await first.receive())?.properties).toEqual({ MqttRetain: true })
    const second = await session.createConsumer(topic('news'))
    expect((await second.receive())?.properties).toEqual({ MqttRetain: true })
    expect(await first.receiveNoWait()).toBeNull()
  })

  it('refuses a subscription that the broker refuses', async () => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'subscribe') return false
      to.say({ cmd: 'suback', messageId: packet.messageId as number, granted: [0x87] })
      return true
    })
    const error = await failureOf((await sit(one)).createConsumer(topic('news')))
    expect(error).toBeInstanceOf(AuthorizationError)
  })

  it('gives up a subscription that is not answered, and takes it back', async () => {
    const one = await broker(({ cmd }) => cmd === 'subscribe')
    const session = await (await client(one, { requestTimeout: 100 })).createSession()
    expect(await failureOf(session.createConsumer(topic('news')))).toBeInstanceOf(TimeoutError)
    const [taken] = await one.next('unsubscribe')
    expect(taken?.unsubscriptions).toEqual(['news'])
  })

  it('refuses selectors where one consumer would leave out what no other gets', async () => {
    const one = await broker()
    const session = await sit(one)
    const error = await failureOf(session.createSharedConsumer(topic('news'), 'team', { selector: 'a = 1' }))
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
  })

  it('warns that a broker may drop what a shared consumer has not acknowledged when it closes', async () => {
    const one = await broker()
    const warnings: string[] = []
    const connection = await client(one, { logger: { warn: (text) => warnings.push(text) } })
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createSharedConsumer(topic('news'), 'team')
    one.client.say(messageOf(1, 'news'))
    await consumer.receive()
    await consumer.close()
    expect(warnings).toEqual([expect.stringMatching(/subscription team to topic news has closed with 1 messages/)])
  })

  it('does not take a consumer with noLocal beside one without, which would hear the connection', async () => {
    const one = await broker()
    const session = await sit(one)
    await session.createConsumer(topic('news'))
    const error = await failureOf(session.createConsumer(topic('news'), { noLocal: true }))
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_FEATURE', feature: 'noLocal' })
  })
})
