import type { IMessage } from '@stomp/stompjs'
import amqplib from 'amqplib'
import { describe, expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { publish, stompjsClient } from './stompjs-client.ts'

const broker = injectedBroker('rabbitmq')
type Protocol = 'amqp' | 'amqp091' | 'stomp'
const PROTOCOLS: readonly Protocol[] = ['amqp', 'amqp091', 'stomp']

/** Asks with a client of others, and gives the body of the answer. */
type Ask = (stock: string) => Promise<string>

/** Where others wait for answers: queues that the broker names, and that nobody may declare. */
const ASKERS: readonly { readonly where: string; readonly ask: Ask; readonly answeredOver: readonly Protocol[] }[] = [
  { where: 'the /temp-queue/ of a STOMP client', ask: askOverStomp, answeredOver: PROTOCOLS },
  { where: 'a queue that AMQP 0-9-1 names', ask: (stock) => askOverAmqp(stock, ''), answeredOver: PROTOCOLS },
  {
    where: 'the direct reply-to of AMQP 0-9-1',
    ask: (stock) => askOverAmqp(stock, 'amq.rabbitmq.reply-to'),
    // RabbitMQ 4.0 lets nobody answer there over AMQP 1.0.
    answeredOver: ['amqp091', 'stomp'],
  },
]

describe.skipIf(broker === undefined).each(ASKERS)('a request from $where', ({ ask, answeredOver }) => {
  it.each(answeredOver)('is answered over %s, once and by the same connection', async (protocol) => {
    await using connection = await connect(broker?.uri(protocol) ?? '')
    const troubles: Error[] = []
    connection.on('interrupted', (error) => troubles.push(error))
    connection.on('error', (error) => troubles.push(error))
    const stock = queue(uniqueName('stock'))
    const asked: string[] = []
    await connection.reply(stock, ({ body, replyTo }) => {
      asked.push(`${body} ${replyTo?.kind}`)
      return `${body}: 12`
    })
    expect(await ask(stock.name)).toBe('A-100: 12')
    // What is not acknowledged by now would come again to the next consumer.
    await connection.close()
    await using other = await connect(broker?.uri(protocol) ?? '')
    const left = await (await other.createSession()).createConsumer(stock)
    expect(await left.receiveNoWait()).toBeNull()
    expect(asked).toEqual(['A-100 temporary-queue'])
    expect(troubles).toEqual([])
  })
})

async function askOverStomp(stock: string): Promise<string> {
  const client = await stompjsClient(broker?.uri('stomp') ?? '')
  const answer = new Promise<IMessage>((resolve) => {
    // RabbitMQ subscribes by itself.
    client.onUnhandledMessage = resolve
  })
  await publish(
    client,
    `/amq/queue/${stock}`,
    { 'reply-to': '/temp-queue/answers', 'content-type': 'text/plain' },
    'A-100',
  )
  const { body } = await answer
  await client.deactivate({ force: true })
  return body
}

async function askOverAmqp(stock: string, answers: string): Promise<string> {
  const connection = await amqplib.connect(broker?.uri('amqp') ?? '')
  const channel = await connection.createChannel()
  const replyTo = answers === '' ? (await channel.assertQueue('', { exclusive: true })).queue : answers
  const answer = new Promise<string>((resolve) => {
    void channel.consume(replyTo, (message) => resolve(message?.content.toString() ?? ''), { noAck: true })
  })
  channel.sendToQueue(stock, Buffer.from('A-100'), { replyTo, contentType: 'text/plain' })
  const body = await answer
  await connection.close()
  return body
}
