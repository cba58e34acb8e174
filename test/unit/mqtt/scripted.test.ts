import type { Packet } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  type Connection,
  ConnectionError,
  ConnectionLostError,
  type ConnectOptions,
  connect,
  InvalidClientIdError,
  InvalidDestinationError,
  InvalidOptionError,
  MessageTooLargeError,
  message,
  type ReceivedMessage,
  ResourceLimitError,
  type Session,
  TimeoutError,
  topic,
  UnsupportedFeatureError,
} from '../../../src/index.ts'
import { accepted, message as messageOf, type Script, ScriptedBroker } from './scripted-broker.ts'

const opened: (ScriptedBroker | Connection)[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function broker(script?: Script): Promise<ScriptedBroker> {
  const one = await ScriptedBroker.listen(script)
  opened.push(one)
  return one
}

async function client(to: ScriptedBroker, options: ConnectOptions = {}, query = ''): Promise<Connection> {
  const uri = to.uri + query
  const connection = await connect(uri, { failover: false, closeTimeout: 200, heartbeat: 0, ...options })
  opened.push(connection)
  return connection
}

async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => Promise.reject(new Error('it has not failed')),
    (error: Error) => error,
  )
}

/** A broker that lets in with what CONNACK says of it. */
const saying =
  (properties: object): Script =>
  (packet, one) => {
    if (packet.cmd !== 'connect') return false
    one.say(accepted(properties))
    return true
  }

const refusing =
  (reasonCode: number, properties: object = {}): Script =>
  (packet, one) => {
    if (packet.cmd !== 'connect') return false
    one.say({ cmd: 'connack', sessionPresent: false, reasonCode, properties } as Packet)
    return true
  }

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

describe('connecting over MQTT', () => {
  it('speaks MQTT 5, and 3.1.1 to who refuses that, from then on at once', async () => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'connect') return false
      to.version = 4
      to.say({ cmd: 'connack', sessionPresent: false, returnCode: packet.protocolVersion === 5 ? 1 : 0 } as Packet)
      return true
    })
    const connection = await client(one)
    await client(one)
    expect(one.of('connect').map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4, 4])
    expect(connection.capabilities.properties).toBe('unsupported')
    const error = await failureOf(connection.send(topic('news'), message({ properties: { a: 1 } })))
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
  })

  it('speaks 3.1.1 to who hangs up on 5, as ActiveMQ does', async () => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'connect' || packet.protocolVersion === 4) return false
      to.cut()
      return true
    })
    expect((await client(one)).peer.product).toBe('ActiveMQ')
    await client(one)
    expect(one.of('connect').map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4, 5, 4, 4])
  })

  it('speaks MQTT 5 to who hung up because it was about to start', async () => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'connect' || one.of('connect').length > 1) return false
      to.cut()
      return true
    })
    const connection = await client(one)
    await client(one)
    expect(one.of('connect').map(({ protocolVersion }) => protocolVersion)).toEqual([5, 4, 5, 5])
    expect(connection.capabilities.properties).not.toBe('unsupported')
  })

  it('speaks the version of the URI and no other', async () => {
    const one = await broker(refusing(0x84))
    const error = await failureOf(client(one, {}, '?mqtt.version=5'))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/does not speak MQTT 5; use mqtt.version=3.1.1/)
    expect(one.of('connect')).toHaveLength(1)
  })

  it.each([
    [0x86, AuthenticationError, /refuses the user "me".*check username and password/],
    [0x85, InvalidClientIdError, /the client id .* choose another/],
    [0x9c, ConnectionError, /another server is to be used.*it says to use other:1883/],
  ])('is refused with the reason code %i of the broker', async (reasonCode, Kind, text) => {
    const one = await broker(refusing(reasonCode, { serverReference: 'other:1883' }))
    const error = await failureOf(client(one, { username: 'me', password: 'secret' }))
    expect(error).toBeInstanceOf(Kind)
    expect(error.message).toMatch(text)
    expect(error.message).not.toContain('secret')
  })

  it('tells the last will of the URI', async () => {
    const one = await broker()
    await client(one, {}, '?mqtt.will.topic=buses.17&mqtt.will.text=gone&mqtt.will.retain=true&mqtt.will.delay=5')
    expect(one.of('connect')).toMatchObject([
      {
        will: {
          topic: 'buses/17',
          payload: Buffer.from('gone'),
          qos: 1,
          retain: true,
          properties: { willDelayInterval: 5 },
        },
      },
    ])
  })

  it.each([
    'mqtt.version=4',
    'mqtt.qos=0',
    'mqtt.broker=other',
    'mqtt.sessionExpiry=x',
    'mqtt.will.text=x',
    'mqtt.maxPacketSize=0',
  ])('refuses the option %s', async (option) => {
    const error = await failureOf(client(await broker(), {}, `?${option}`))
    expect(error).toBeInstanceOf(InvalidOptionError)
  })

  it('refuses a quality of service that the broker has not', async () => {
    const error = await failureOf(client(await broker(saying({ maximumQoS: 1 })), {}, '?mqtt.qos=2'))
    expect(error).toBeInstanceOf(InvalidOptionError)
  })

  it('asks the broker whether it is there, and gives up one that is silent', async () => {
    const one = await broker(({ cmd }) => cmd === 'pingreq')
    const connection = await client(one, { heartbeat: 100 })
    const lost = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    await one.next('pingreq')
    expect(await lost).toMatchObject({
      code: 'ERR_CONNECTION_LOST',
      message: expect.stringMatching(/sent nothing for 200 ms/),
    })
  })

  it('asks as often as the broker wants, whatever the heartbeat is', async () => {
    const one = await broker(saying({ serverKeepAlive: 1 }))
    await client(one, { heartbeat: 60_000 })
    expect((await one.next('pingreq', 2)).length).toBeGreaterThanOrEqual(2)
  })

  it.each<[string, Uint8Array]>([
    ['a packet that is none', Uint8Array.of(0xf0, 0x00)],
    ['a packet larger than it says it takes', Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0x7f)],
    ['a topic alias', Uint8Array.of(0x30, 0x06, 0x00, 0x00, 0x03, 0x23, 0x00, 0x01)],
  ])('ends a connection over %s', async (_, bytes) => {
    const one = await broker()
    const connection = await client(one, {}, '?mqtt.maxPacketSize=1000')
    const lost = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    one.client.write(bytes)
    expect(await lost).toMatchObject({ code: 'ERR_CONNECTION_LOST', message: expect.stringContaining('was given up') })
  })

  it('tells why the broker has ended it, and where to go', async () => {
    const one = await broker()
    const connection = await client(one)
    const lost = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    one.client.say({ cmd: 'disconnect', reasonCode: 0x9d, properties: { serverReference: 'other:1883' } } as Packet)
    expect(await lost).toMatchObject({
      message: expect.stringMatching(/the server has moved.*it says to use other:1883/),
    })
  })

  it('says that it does not speak MQTT', async () => {
    const one = await broker((packet, to) => {
      if (packet.cmd !== 'connect') return false
      to.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'))
      return true
    })
    expect((await failureOf(client(one))).message).toMatch(/does not speak MQTT but HTTP; that is a web port/)
  })

  it('has a send wait for the next one, when one of its connections is lost and the others are taken over', async () => {
    const one = await broker((packet, peer) => {
      const [first, , next] = one.clients
      if (packet.cmd === 'connect' && peer === next) first?.say({ cmd: 'disconnect', reasonCode: 0x8e } as Packet)
      return peer === first && (packet.cmd === 'publish' || packet.cmd === 'disconnect')
    })
    const connection = await client(one, { clientId: 'me', closeTimeout: 5_000, failover: { maxReconnectDelay: 10 } })
    const session = await connection.createSession()
    await session.createDurableConsumer(topic('news'), 'archive')
    const sent = connection.send(topic('news'), 'not confirmed')
    await one.next('publish')
    one.clients[1]?.cut()
    await sent
    expect(one.of('publish')).toHaveLength(2)
  })

  it('is ended for good by another one with its client id, with failover as well', async () => {
    const one = await broker()
    const connection = await client(one, { failover: {}, clientId: 'bus-17' })
    const closed = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    one.client.say({ cmd: 'disconnect', reasonCode: 0x8e } as Packet)
    expect(await closed).toBeInstanceOf(InvalidClientIdError)
    expect(one.of('connect')).toHaveLength(1)
  })
})
