import { connectAsync, type IClientPublishOptions, type MqttClient } from 'mqtt'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, connect, textMessage, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { soon } from '../conformance/waiting.ts'

interface Heard {
  readonly topic: string
  readonly text: string
  readonly properties: IClientPublishOptions['properties']
  readonly qos: number
}

/** ActiveMQ Classic speaks 3.1.1 only. */
const brokers = injectedBrokers('mqtt').filter(({ name }) => name !== 'activemq')

describe.each(brokers.map((broker) => [broker.name, broker] as const))('beside mqtt.js on %s', (_, broker) => {
  let connection: Connection
  let peer: MqttClient

  beforeAll(async () => {
    connection = await connect(broker.uri('mqtt'))
    peer = await connectAsync(`mqtt://${broker.host}:${broker.port('mqtt')}`, {
      protocolVersion: 5,
      username: broker.username,
      password: broker.password,
    })
  })
  afterAll(async () => {
    await peer?.endAsync()
    await connection?.close()
  })

  /** The next message to mqtt.js. */
  function heard(): Promise<Heard> {
    return soon(
      new Promise((resolve) => {
        peer.once('message', (name, payload, { properties, qos }) =>
          resolve({ topic: name, text: payload.toString(), properties, qos }),
        )
      }),
      'a message to mqtt.js',
    )
  }

  it('sends what it reads: text, properties, correlation data, response topic and expiry', async () => {
    const name = uniqueName('news')
    await peer.subscribeAsync(name.replaceAll('.', '/'), { qos: 1 })
    const message = heard()
    await connection.send(
      topic(name),
      textMessage('Größe', { correlationId: 'c-1', replyTo: topic('answers.here'), properties: { line: 17 } }),
      { timeToLive: 90_000 },
    )
    const { properties, ...others } = await message
    expect(others).toEqual({ topic: name.replaceAll('.', '/'), text: 'Größe', qos: 1 })
    expect(properties).toMatchObject({
      contentType: 'text/plain; charset=utf-8',
      correlationData: Buffer.from('c-1'),
      responseTopic: 'answers/here',
      userProperties: { line: '17' },
    })
    expect(properties?.messageExpiryInterval).toBeGreaterThan(80)
  })

  it('reads what it sends: bytes, text, JSON, and user properties as text', async () => {
    const name = uniqueName('news')
    const consumer = await (await connection.createSession()).createConsumer(topic(name))
    const to = name.replaceAll('.', '/')
    const sent: readonly IClientPublishOptions['properties'][] = [
      {},
      { payloadFormatIndicator: true, contentType: 'text/plain', userProperties: { line: '17' } },
      { payloadFormatIndicator: true, contentType: 'application/json' },
    ]
    for (const properties of sent) await peer.publishAsync(to, '{"a":1}', { qos: 1, ...(properties && { properties }) })
    const received = [await consumer.receive(), await consumer.receive(), await consumer.receive()]
    expect(received.map((message) => message?.kind)).toEqual(['bytes', 'text', 'object'])
    expect(received[1]?.properties).toEqual({ line: '17' })
    expect(received[2]?.body).toEqual({ a: 1 })
    await consumer.close()
  })

  it('is answered by it, and answers it', async () => {
    const name = uniqueName('questions')
    const to = name.replaceAll('.', '/')
    await peer.subscribeAsync(to, { qos: 1 })
    const question = heard()
    const asking = connection.request(topic(name), 'who', { timeout: 10_000 })
    const { properties } = await question
    const { responseTopic = '', correlationData } = properties ?? {}
    await peer.publishAsync(responseTopic, 'mqtt.js', {
      qos: 1,
      properties: { payloadFormatIndicator: true, ...(correlationData && { correlationData }) },
    })
    expect((await asking).body).toBe('mqtt.js')
    await peer.unsubscribeAsync(to)

    await connection.reply(topic(name), () => 'polymq')
    const answers = `${to}/answers`
    await peer.subscribeAsync(answers, { qos: 1 })
    const answer = heard()
    await peer.publishAsync(to, 'who', {
      qos: 1,
      properties: { responseTopic: answers, correlationData: Buffer.from([1, 0xff]) },
    })
    const { text, properties: told } = await answer
    expect(text).toBe('polymq')
    expect(told?.correlationData).toEqual(Buffer.from([1, 0xff]))
  })
})
