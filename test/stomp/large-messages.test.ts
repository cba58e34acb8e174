import { describe, expect, it } from 'vitest'
import { connect, MessageTooLargeError, queue, textMessage } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { injectedBroker } from '../brokers/injected.ts'

/** More than ActiveMQ takes by default, its maxDataLength. */
const TOO_LARGE = 101 * 1024 * 1024

const activemq = injectedBroker('activemq')
const rabbitmq = injectedBroker('rabbitmq')

describe.skipIf(activemq === undefined)('a message that is too large for ActiveMQ over STOMP', () => {
  const bodies = [
    ['text', () => 'x'.repeat(TOO_LARGE)],
    ['bytes', () => new Uint8Array(TOO_LARGE)],
  ] as const

  it.each(bodies)('is refused, and the connection goes on with the rest: %s', async (_, bodyOf) => {
    await using connection = await connect(activemq?.uri('stomp') ?? '')
    const large = queue(uniqueName('large'))
    const refused = failureOf(connection.send(large, bodyOf()))
    const after = connection.send(large, 'small')
    const error = await refused
    expect(error).toBeInstanceOf(MessageTooLargeError)
    expect(error.message).toMatch(/sending to queue large.*maximum data length was exceeded; send less/)
    await after
    const consumer = await (await connection.createSession()).createConsumer(large)
    expect((await consumer.receive({ timeout: 10_000 }))?.body).toBe('small')
  })

  it('by its properties is refused without a loss', async () => {
    await using connection = await connect(activemq?.uri('stomp') ?? '')
    const losses: Error[] = []
    connection.on('interrupted', (error) => losses.push(error))
    const notes = queue(uniqueName('notes'))
    const longest = 'x'.repeat(10_240 - 'note:'.length)
    await connection.send(notes, textMessage('', { properties: { note: longest } }))
    const error = await failureOf(connection.send(notes, textMessage('', { properties: { note: `${longest}x` } })))
    expect(error).toBeInstanceOf(MessageTooLargeError)
    const consumer = await (await connection.createSession()).createConsumer(notes)
    expect((await consumer.receive({ timeout: 10_000 }))?.properties.note).toBe(longest)
    expect(losses).toEqual([])
  })
})

describe.skipIf(rabbitmq === undefined)(
  'a frame over the limit of RabbitMQ, which closes the connection without a word',
  () => {
    it('is given up after a few attempts, and the connection goes on with the rest', async () => {
      await using connection = await connect(rabbitmq?.uri('stomp') ?? '')
      const large = queue(uniqueName('large'))
      const error = await failureOf(connection.send(large, new Uint8Array(5 * 1024 * 1024)))
      expect(error.message).toMatch(/lost each time the broker gets this message.*it may be too large/)
      await connection.send(large, 'small')
    })
  },
)
