import { describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  InvalidDestinationError,
  type Logger,
  MessageTooLargeError,
  queue,
} from '../../../src/index.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { failureOf } from '../failure-of.ts'
import { broker, CLASSIC, client, RABBITMQ } from './bench.ts'
import type { Script, ScriptedBroker } from './scripted-broker.ts'

describe('a refusal', () => {
  /** Leaves sends without an answer; the test gives it. */
  const keepsSends: Script = ({ command, headers }) =>
    command === 'SEND' && headers.has('receipt') && headers.get('destination')?.endsWith('orders') === true

  async function sending(product: string): Promise<{ one: ScriptedBroker; sent: Promise<void>; warnings: string[] }> {
    const one = await broker(product, keepsSends)
    const warnings: string[] = []
    const logger: Logger = { warn: (message) => warnings.push(message) }
    const connection = await client(one, { logger })
    const sent = connection.send(queue('orders'), 'innocent')
    await one.frame((frame) => keepsSends(frame, one.client))
    return { one, sent, warnings }
  }

  function receiptOf({ frames, client }: ScriptedBroker): Frame | undefined {
    return frames.find((frame) => keepsSends(frame, client))
  }

  it.each([
    ['ActiveMQ, whatever it says without naming a receipt', CLASSIC, 'Unexpected ACK received for message-id [1]'],
    ['RabbitMQ, when it is about an acknowledgement', RABBITMQ, 'Subscription not found'],
    ['another broker, when it is about an acknowledgement', 'Other/1.0', 'The message id of the ACK is unknown'],
  ])('is nothing to a send: of %s', async (_, product, message) => {
    const { one, sent, warnings } = await sending(product)
    one.client.say('ERROR', { message })
    one.client.receipt(receiptOf(one) as Frame)
    await sent
    expect(warnings.join()).toContain(message)
  })

  it('that names its receipt is that of its send', async () => {
    const { one, sent } = await sending(CLASSIC)
    const receipt = receiptOf(one)?.headers.get('receipt') ?? ''
    one.client.say('ERROR', { 'receipt-id': receipt, message: 'User me is not authorized to write to: queue://orders' })
    const error = await failureOf(sent)
    expect(error).toBeInstanceOf(AuthorizationError)
    expect(error.message).toMatch(/^sending to queue orders on stomp:\/\/127\.0\.0\.1:\d+ was refused/)
  })

  it('of another broker that names no receipt is that of the send that waits', async () => {
    const { one, sent } = await sending('Other/1.0')
    one.client.say('ERROR', { message: 'permission denied' })
    expect(await failureOf(sent)).toBeInstanceOf(AuthorizationError)
  })

  it('of RabbitMQ is found by the name in it', async () => {
    const { one, sent } = await sending(RABBITMQ)
    one.client.say('ERROR', { message: 'not_found' }, "NOT_FOUND - no queue 'orders' in vhost '/'")
    expect(await failureOf(sent)).toBeInstanceOf(InvalidDestinationError)
  })

  it.each([
    ['ActiveMQ', CLASSIC, 'The maximum data length was exceeded'],
    ['ActiveMQ', CLASSIC, 'The maximum frame size was exceeded'],
    ['RabbitMQ', RABBITMQ, 'PRECONDITION_FAILED - message size 9000 is larger than configured max size 512'],
  ])('of the largest message by %s ends the connection once, and the others arrive', async (_, product, message) => {
    const one = await broker(product, (frame) => one.clients.length === 1 && keepsSends(frame, one.client))
    const connection = await client(one, { failover: { initialReconnectDelay: 1 } })
    const losses: Error[] = []
    connection.on('interrupted', (error) => losses.push(error))
    const sends = ['first', 'x'.repeat(9_000), 'last'].map((body) => connection.send(queue('orders'), body))
    const refused = failureOf(sends[1] as Promise<void>)
    await one.frame(({ body }) => body.length === 'last'.length)
    one.client.say('ERROR', { message })
    const error = await refused
    expect(error).toBeInstanceOf(MessageTooLargeError)
    expect(error.message).toMatch(/^sending to queue orders on .* was refused.*send less, or raise the broker's limit$/)
    await Promise.all([sends[0], sends[2]])
    expect(losses).toHaveLength(1)
    expect(one.frames.filter(({ body }) => body.length === 9_000)).toHaveLength(1)
  })

  it.each([
    ['ActiveMQ', CLASSIC, true, 'User me is not authorized to write to: queue://orders'],
    ['RabbitMQ', RABBITMQ, false, "ACCESS_REFUSED - write access to queue 'orders' refused for user 'me'"],
  ])('by %s that ends the connection is final: the message is not sent again', async (_, product, names, message) => {
    const one = await broker(product, (frame, peer) => {
      if (!keepsSends(frame, peer)) return false
      peer.say('ERROR', { message, ...(names && { 'receipt-id': frame.headers.get('receipt') ?? '' }) })
      peer.end()
      return true
    })
    const connection = await client(one, { failover: { initialReconnectDelay: 1 } })
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    expect(await failureOf(connection.send(queue('orders'), 'refused'))).toBeInstanceOf(AuthorizationError)
    await resumed
    await connection.send(queue('other'), 'goes on')
    expect(one.frames.filter((frame) => keepsSends(frame, one.client))).toHaveLength(1)
  })

  it('of an ActiveMQ that goes on to complain in the midst of a message is one refusal', async () => {
    const { one, sent, warnings } = await sending(CLASSIC)
    one.client.say('ERROR', { message: 'The maximum data length was exceeded' })
    one.client.say('ERROR', { message: 'Unknown STOMP action: xxxx' })
    expect(await failureOf(sent)).toBeInstanceOf(MessageTooLargeError)
    expect(warnings).toEqual([])
  })

  it('that answers nothing is why the connection is lost right after', async () => {
    const { one, sent } = await sending(CLASSIC)
    one.client.say('ERROR', { message: 'the reason' })
    one.client.cut()
    expect((await failureOf(sent)).message).toContain('the reason')
  })
})
