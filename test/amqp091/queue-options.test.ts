import { describe, expect, it } from 'vitest'
import {
  type ConnectOptions,
  connect,
  InvalidDestinationError,
  InvalidOptionError,
  queue,
  ResourceLimitError,
  topic,
} from '../../src/index.ts'
import { rabbitmq } from '../../src/rabbitmq.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { reader } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'

const injected = injectedBroker('rabbitmq')

describe.skipIf(injected === undefined)('the option rabbitmq', () => {
  const broker = injected as NonNullable<typeof injected>

  /** Arguments of a queue, as the broker has them. */
  async function argumentsOf(name: string): Promise<unknown> {
    const { username, password, host } = broker
    const path = `http://${host}:${broker.port('management')}/api/queues/%2F/${encodeURIComponent(name)}`
    const authorization = `Basic ${btoa(`${username}:${password}`)}`
    const response = await fetch(path, { headers: { authorization } })
    return ((await response.json()) as { readonly arguments: unknown }).arguments
  }

  describe.each(['amqp091', 'amqp'] as const)('over %s', (port) => {
    const open = (rabbitmq: ConnectOptions['rabbitmq'], user?: typeof reader) =>
      connect(broker.uri(port, user), rabbitmq === undefined ? {} : { rabbitmq })

    it('gives the queues that are made their arguments, and each its own', async () => {
      const [plain, other, news] = [uniqueName('plain'), uniqueName('other'), uniqueName('news')]
      await using connection = await open({
        queueDefaults: { maxLength: 1_000, messageTtl: 60_000, deliveryLimit: 7, overflow: 'reject-publish' },
        queues: {
          [other]: {
            type: 'classic',
            mode: 'lazy',
            maxLengthBytes: 1_000_000,
            maxPriority: 9,
            expires: 60_000,
            singleActiveConsumer: true,
            deadLetterExchange: 'amq.fanout',
          },
        },
      })
      await connection.send(queue(plain), 'x')
      await connection.send(queue(other), 'x')
      const session = await connection.createSession()
      await session.createSharedDurableConsumer(topic(news), news)
      const defaults = {
        'x-queue-type': 'quorum',
        'x-dead-letter-exchange': '',
        'x-dead-letter-routing-key': 'DLQ',
        'x-max-length': 1_000,
        'x-message-ttl': 60_000,
        'x-delivery-limit': 7,
        'x-overflow': 'reject-publish',
      }
      expect(await argumentsOf(plain)).toEqual(defaults)
      expect(await argumentsOf(`polymq:shared::${news}`)).toEqual({ ...defaults, 'x-polymq-topic': news })
      expect(await argumentsOf(other)).toEqual({
        'x-queue-type': 'classic',
        'x-queue-mode': 'lazy',
        'x-max-length-bytes': 1_000_000,
        'x-max-priority': 9,
        'x-expires': 60_000,
        'x-single-active-consumer': true,
        'x-dead-letter-exchange': 'amq.fanout',
      })
      await connection.send(queue(other), 'again')
      expect(await argumentsOf('DLQ')).toEqual({ 'x-queue-type': 'quorum' })
    })

    it('takes a queue that is there when it has what is asked for, whatever else it has', async () => {
      const name = uniqueName('there')
      await using owner = await connect(broker.uri('amqp091'))
      await rabbitmq(owner).declareQueue(name, { type: 'classic', maxLength: 5, durable: true, messageTtl: 60_000 })
      await using connection = await open({ queues: { [name]: { maxLength: 5, type: 'classic' } } })
      await connection.send(queue(name), 'hello')
      const session = await connection.createSession()
      expect((await (await session.createConsumer(queue(name))).receive({ timeout: 10_000 }))?.body).toBe('hello')
    })

    it.each([
      ['another value', { maxLength: 6 }, /has maxLength 5 \(x-max-length\), and rabbitmq.queues asks for 6; ask for/],
      ['none', { maxLengthBytes: 7 }, /has maxLengthBytes none \(x-max-length-bytes\), and rabbitmq.queues asks for 7/],
      ['another type', { type: 'quorum' as const }, /has type "classic" \(x-queue-type\), and .* asks for "quorum"/],
    ])('names both values when it has %s', async (_, asked, text) => {
      const name = uniqueName('otherwise')
      await using owner = await connect(broker.uri('amqp091'))
      await rabbitmq(owner).declareQueue(name, { type: 'classic', maxLength: 5 })
      await using connection = await open({ queues: { [name]: asked } })
      const session = await connection.createSession()
      const calls = [() => connection.send(queue(name), 'x'), () => session.createConsumer(queue(name))]
      for (const call of calls) {
        const error = await failureOf(call())
        expect(error).toBeInstanceOf(InvalidDestinationError)
        expect(error.message).toMatch(text)
        expect(error.message).toMatch(`queue ${name} at amqp://127.0.0.1:`)
      }
      // Not asked for by name, it is taken as it is.
      await using another = await open({ queueDefaults: asked })
      await another.send(queue(name), 'x')
      expect(connection.state).toBe('connected')
    })

    it('lets who may not declare use what is there', async () => {
      const name = uniqueName('readable')
      await using owner = await open({ queueDefaults: { maxLength: 1, overflow: 'reject-publish' } })
      await owner.send(queue(name), 'hello')
      await using connection = await open({ queues: { [name]: { maxLength: 2 } } }, reader)
      const session = await connection.createSession()
      expect((await (await session.createConsumer(queue(name))).receive({ timeout: 10_000 }))?.body).toBe('hello')
    })
  })

  it('has a full queue refuse what comes', async () => {
    const name = uniqueName('full')
    await using connection = await connect(broker.uri('amqp091'), {
      rabbitmq: { queues: { [name]: { type: 'classic', maxLength: 1, overflow: 'reject-publish' } } },
    })
    await connection.send(queue(name), 'fits')
    expect(await failureOf(connection.send(queue(name), 'too much'))).toBeInstanceOf(ResourceLimitError)
  })

  it('is refused over STOMP, which knows a part of it only', async () => {
    const error = await failureOf(connect(broker.uri('stomp'), { rabbitmq: { queueDefaults: { maxLength: 1 } } }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error.message).toMatch(/the option rabbitmq does not hold over STOMP, .*connect over AMQP/)
  })
})
