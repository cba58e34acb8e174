import type { IMessage } from '@stomp/stompjs'
import { describe, expect, it } from 'vitest'
import { bytesMessage, connect, queue, textMessage } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { publish, stompjsClient } from './stompjs-client.ts'

const PREFIXES = { activemq: '/queue/', rabbitmq: '/amq/queue/' } as const
const names = (['activemq', 'rabbitmq'] as const).filter((name) => injectedBroker(name) !== undefined)
const BYTES = Uint8Array.of(0, 255, 128, 10, 0)

describe.each(names)('polymq and stompjs on %s', (name) => {
  const uri = (): string => injectedBroker(name)?.uri('stomp') ?? ''

  it('stompjs reads what polymq sends', async () => {
    await using connection = await connect(uri())
    const orders = queue(uniqueName('stompjs'))
    const properties = { text: 'a: b', number: 7, yes: true }
    await connection.send(orders, textMessage('täxt 😀', { properties, correlationId: 'c-1', type: 'order' }))
    await connection.send(orders, bytesMessage(BYTES))
    const client = await stompjsClient(uri())
    const received: IMessage[] = []
    await new Promise<void>((resolve) => {
      const headers = { ack: 'client-individual' }
      client.subscribe(
        PREFIXES[name] + orders.name,
        (message) => {
          message.ack()
          received.push(message)
          if (received.length === 2) resolve()
        },
        headers,
      )
    })
    const [text, bytes] = received
    expect(text?.body).toBe('täxt 😀')
    expect(text?.headers).toMatchObject({
      text: 'a: b',
      number: '7',
      yes: 'true',
      type: 'order',
      'correlation-id': 'c-1',
    })
    expect([...(bytes?.binaryBody ?? [])]).toEqual([...BYTES])
    await client.deactivate({ force: true })
  })

  it('polymq reads what stompjs sends', async () => {
    await using connection = await connect(uri())
    const orders = queue(uniqueName('stompjs'))
    const consumer = await (await connection.createSession()).createConsumer(orders)
    const client = await stompjsClient(uri())
    const destination = PREFIXES[name] + orders.name
    await publish(
      client,
      destination,
      { text: 'a: b', priority: '7', type: 'order', 'reply-to': '/queue/answers' },
      'täxt 😀',
    )
    await publish(client, destination, { 'content-type': 'application/octet-stream' }, BYTES)
    const text = await consumer.receive({ timeout: 10_000 })
    expect(text).toMatchObject({
      kind: 'text',
      body: 'täxt 😀',
      priority: 7,
      type: 'order',
      deliveryMode: 'persistent',
    })
    expect(text?.properties.text).toBe('a: b')
    expect(text?.replyTo).toMatchObject({ kind: 'queue', name: 'answers' })
    const bytes = await consumer.receive({ timeout: 10_000 })
    expect(bytes).toMatchObject({ kind: 'bytes', body: BYTES })
    await client.deactivate({ force: true })
  })

  it('polymq answers where stompjs waits for answers, on a temporary queue', async () => {
    await using connection = await connect(uri())
    const stock = queue(uniqueName('stock'))
    await connection.reply(stock, ({ body }) => `${body}: 12`)
    const client = await stompjsClient(uri())
    const answer = new Promise<IMessage>((resolve) => {
      // RabbitMQ subscribes by itself where a request says `reply-to:/temp-queue/…`.
      if (name === 'rabbitmq') client.onUnhandledMessage = resolve
      else client.subscribe('/temp-queue/answers', resolve)
    })
    const headers = { 'reply-to': '/temp-queue/answers', 'correlation-id': 'c-7' }
    await publish(client, PREFIXES[name] + stock.name, headers, 'A-100')
    expect(await answer).toMatchObject({ body: 'A-100: 12', headers: { 'correlation-id': 'c-7' } })
    await client.deactivate({ force: true })
  })
})
