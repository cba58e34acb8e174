import type { Packet } from 'mqtt-packet'
import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, type ConnectOptions, connect, TimeoutError, topic } from '../../src/index.ts'
import { failureOf, soon } from '../conformance/waiting.ts'
import {
  accepted,
  ScriptedBroker as MqttBroker,
  type Client as MqttClient,
  message,
} from '../unit/mqtt/scripted-broker.ts'
import { ScriptedBroker as StompBroker } from '../unit/stomp/scripted-broker.ts'

const opened: { close(): unknown }[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

async function client(uri: string, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(uri, {
    clientId: 'me',
    closeTimeout: 200,
    heartbeat: 0,
    failover: { initialReconnectDelay: 1, maxReconnectDelay: 10 },
    ...options,
  })
  opened.push(connection)
  return connection
}

const news = topic<Uint8Array>('news')

describe('the connection of MQTT that a durable subscription has for itself', () => {
  const answers: ((peer: MqttClient) => void)[] = []
  /** A broker that does so with the next connections for a session; others are let in. */
  async function broker(...next: readonly ((peer: MqttClient) => void)[]): Promise<MqttBroker> {
    answers.splice(0, answers.length, ...next)
    const one = await MqttBroker.listen((packet, peer) => {
      const answer = packet.cmd === 'connect' && !packet.clean ? answers.shift() : undefined
      answer?.(peer)
      return answer !== undefined
    })
    opened.push(one)
    return one
  }
  const letIn = (peer: MqttClient): void => peer.say(accepted())
  const cut = (peer: MqttClient): void => peer.cut()
  const disconnect = (peer: MqttClient): void => peer.say({ cmd: 'disconnect', reasonCode: 0x83 } as Packet)
  const say = (name: string, act: (peer: MqttClient) => void) => [name, act] as const

  it('may bring messages before it is accepted, as Artemis sends them', async () => {
    const one = await broker((peer) => {
      peer.say(message(7, 'news'))
      setImmediate(() => peer.say({ ...accepted(), sessionPresent: true } as Packet, message(8, 'news')))
    })
    const session = await (await client(one.uri, { failover: false })).createSession()
    const consumer = await session.createDurableConsumer(news, 'archive')
    for (const number of [7, 8]) {
      const received = await consumer.receive({ timeout: 5_000 })
      expect(new TextDecoder().decode(received?.body)).toBe(`message ${number}`)
    }
    expect(await one.next('puback', 2)).toMatchObject([{ messageId: 7 }, { messageId: 8 }])
  })

  it.each([
    say('is cut', cut),
    say('is disconnected by a broker that has failed over it', disconnect),
    say('is not answered', () => {}),
  ])('is tried again when it %s while the broker takes over', async (_, fail) => {
    const one = await broker(letIn, fail, fail, fail)
    const connection = await client(one.uri, { requestTimeout: 100 })
    const errors: unknown[] = []
    connection.on('error', (error) => errors.push(error))
    const consumer = await (await connection.createSession()).createDurableConsumer(news, 'archive')
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    one.clients[0]?.cut()
    await soon(resumed, 'a broker again')
    one.client.say(message(1, 'news'))
    expect(await consumer.receive({ timeout: 5_000 })).not.toBeNull()
    expect(errors).toEqual([])
  })

  it('is tried once more when the network cuts it, and the broker is there', async () => {
    const one = await broker(cut, letIn)
    const session = await (await client(one.uri, { failover: false })).createSession()
    await session.createDurableConsumer(news, 'archive')
    expect(one.of('connect')).toHaveLength(3)
  })

  it('is made by the next broker when this one is gone', async () => {
    const one = await broker((peer) => {
      peer.cut()
      one.clients[0]?.cut()
    })
    const session = await (await client(one.uri)).createSession()
    const consumer = await session.createDurableConsumer(news, 'archive')
    one.client.say(message(1, 'news'))
    expect(await consumer.receive({ timeout: 5_000 })).not.toBeNull()
  })

  it('has as long as a request may take', async () => {
    const one = await broker(() => {})
    const session = await (await client(one.uri, { failover: false, requestTimeout: 100 })).createSession()
    const error = await failureOf(session.createDurableConsumer(news, 'archive'))
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as Error).message).toMatch(/did not finish the handshake of a further connection within 100 ms/)
  })
})

describe('the connection of STOMP that makes a shared subscription on Artemis', () => {
  it('is tried again when it is cut while the broker takes over', async () => {
    let cuts = 0
    const one = await StompBroker.listen('ActiveMQ-Artemis/2.44.0', ({ command, headers }, peer) => {
      if (command === 'SEND' && headers.get('destination') === 'activemq.management') {
        peer.say('ERROR', { message: 'AMQ229032: not authorized', 'receipt-id': headers.get('receipt') ?? '' })
        peer.cut()
        return true
      }
      if (command !== 'CONNECT' || headers.get('client-id') !== 'polymq-shared' || cuts === 0) return false
      cuts -= 1
      peer.cut()
      return true
    })
    opened.push(one)
    const connection = await connect(one.uri, {
      closeTimeout: 200,
      heartbeat: 0,
      failover: { initialReconnectDelay: 1, maxReconnectDelay: 10 },
    })
    opened.push(connection)
    const errors: unknown[] = []
    connection.on('error', (error) => errors.push(error))
    await (await connection.createSession()).createSharedDurableConsumer(news, 'archive')
    cuts = 3
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    for (const peer of one.clients) peer.cut()
    await soon(resumed, 'a broker again')
    expect({ cuts, errors }).toEqual({ cuts: 0, errors: [] })
  })
})
