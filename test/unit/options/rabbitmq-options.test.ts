import { describe, expect, it } from 'vitest'
import { connect, InvalidOptionError, queue } from '../../../src/index.ts'
import { parseRabbitMqOptions } from '../../../src/options/rabbitmq-options.ts'

describe('the option rabbitmq', () => {
  it.each([
    ['rabbitmq.queueDefaults.maxLength', { queueDefaults: { maxLength: -1 } }, /at least 0/],
    ['rabbitmq.queues.orders.overflow', { queues: { orders: { overflow: 'drop' } } }, /drop-head or reject-publish/],
    ['rabbitmq.queues.orders.maxLenght', { queues: { orders: { maxLenght: 3 } } }, /maxLength/],
    ['rabbitmq.queues', { queues: 'orders' }, /an object of queues by their names/],
    ['rabbitmq.directReplyTo', { directReplyTo: 'yes' }, /a boolean/],
    ['rabbitmq.queue', { queue: {} }, /queues/],
    ['rabbitmq.queueDefaults.maxPriority', { queueDefaults: { maxPriority: 9 } }, /give type: 'classic'/],
    ['rabbitmq.queues.orders.mode', { queues: { orders: { type: 'quorum', mode: 'lazy' } } }, /have no mode/],
    [
      'rabbitmq.queues.orders.deliveryLimit',
      { queues: { orders: { type: 'classic', deliveryLimit: 3 } } },
      /only quorum queues/,
    ],
  ])('names what is wrong: %s', async (option, rabbitmq, text) => {
    const error = await connect('memory:options', { rabbitmq: rabbitmq as object }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option })
    expect((error as Error).message).toMatch(text)
  })

  it('names arguments as the broker does', () => {
    const { queueDefaults, queues } = parseRabbitMqOptions({
      queueDefaults: { messageTtl: 5, deadLetterExchange: '' },
      queues: { orders: { singleActiveConsumer: false } },
    })
    expect(queueDefaults).toEqual({ 'x-message-ttl': 5, 'x-dead-letter-exchange': '' })
    expect([...queues]).toEqual([['orders', { 'x-single-active-consumer': false }]])
  })

  it('has no effect elsewhere', async () => {
    const rabbitmq = { queueDefaults: { maxLength: 1 }, directReplyTo: true }
    await using connection = await connect('memory:options', { rabbitmq })
    await connection.send(queue('q'), 1)
    await connection.send(queue('q'), 2)
    await connection.reply(queue('stock'), ({ body }) => `${body}: 12`)
    expect((await connection.request(queue('stock'), 'A-100')).body).toBe('A-100: 12')
  })
})
