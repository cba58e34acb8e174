import type { Packet } from 'mqtt-packet'
import { describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  ConnectionError,
  InvalidClientIdError,
  InvalidOptionError,
  message,
  topic,
  UnsupportedFeatureError,
} from '../../../src/index.ts'
import { failureOf } from '../failure-of.ts'
import { broker, client, refusing, saying } from './scripted-client.ts'

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
