import amqplib from 'amqplib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  type Connection,
  connect,
  InvalidDestinationError,
  InvalidOptionError,
  MessageTooLargeError,
  queue,
  textMessage,
} from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { gate, numbered, soon } from '../conformance/waiting.ts'
import { interrupted, resumed } from '../failover/application.ts'

const injected = injectedBroker('rabbitmq')
const DIRECT = { rabbitmq: { directReplyTo: true } } as const
/** RabbitMQ takes none that is larger than 10 MB here. */
const TOO_LARGE = new Uint8Array(10_500_000)

describe.skipIf(injected === undefined)('requests by the direct reply-to of RabbitMQ', () => {
  const broker = injected as NonNullable<typeof injected>
  const rabbitmqctl = async (...words: readonly string[]): Promise<string> =>
    (await broker.execute(['rabbitmqctl', '--quiet', ...words])).output

  const open = (options: object = DIRECT): Promise<Connection> => connect(broker.uri('amqp091'), options)

  describe('of a user who may only send', () => {
    const [vhost, username, password] = [uniqueName('direct'), uniqueName('asker'), 'polymq-secret']

    beforeAll(async () => {
      await rabbitmqctl('add_vhost', vhost)
      await rabbitmqctl('add_user', username, password)
      await rabbitmqctl('set_permissions', '-p', vhost, username, '^$', '.*', '^$')
      await rabbitmqctl('set_permissions', '-p', vhost, broker.username, '.*', '.*', '.*')
    }, 30_000)
    afterAll(async () => {
      await rabbitmqctl('delete_vhost', vhost)
      await rabbitmqctl('delete_user', username)
    }, 30_000)

    it('are answered without a queue being declared, and not without the option', async () => {
      const at = (user: { readonly username: string; readonly password: string }) =>
        broker.uri('amqp091', user).replace('/?', `/${vhost}?`)
      await using answering = await connect(at(broker))
      await answering.reply(queue('stock'), ({ body }) => `${body}: 12`)
      await using asking = await connect(at({ username, password }), DIRECT)
      expect((await asking.request(queue('stock'), 'A-100')).body).toBe('A-100: 12')
      expect((await rabbitmqctl('list_queues', '-p', vhost, '--no-table-headers', 'name')).split('\n').sort()).toEqual([
        '',
        'DLQ',
        'stock',
      ])
      await using other = await connect(at({ username, password }))
      expect(await failureOf(other.request(queue('stock'), 'A-100'))).toBeInstanceOf(AuthorizationError)
    })
  })

  it.each(['amqp091', 'stomp'] as const)('are answered over %s, two hundred at once', async (protocol) => {
    await using asking = await open()
    await using answering = await connect(broker.uri(protocol))
    await answersEach(asking, answering)
  })

  it('are answered over the same connection', async () => {
    await using connection = await open()
    await answersEach(connection, connection)
  })

  it('are answered by a program with another client', async () => {
    await using asking = await open()
    const stock = uniqueName('stock')
    const other = await amqplib.connect(broker.uri('amqp'))
    const channel = await other.createChannel()
    await asking.send(queue(stock), 'makes the queue')
    await channel.purgeQueue(stock)
    await channel.consume(stock, (request) => {
      const { replyTo, correlationId } = request?.properties ?? {}
      channel.sendToQueue(replyTo, Buffer.from(`${request?.content}: 12`), { correlationId, contentType: 'text/plain' })
    })
    expect((await asking.request(queue(stock), 'A-100')).body).toBe('A-100: 12')
    await other.close()
  })

  it('cost the replier nothing when whoever asked is gone', async () => {
    const asking = await open()
    await using answering = await open()
    answering.on('error', (error) => expect.unreachable(error.message))
    const stock = queue(uniqueName('stock'))
    const [came, gone] = [gate(), gate()]
    const asked: unknown[] = []
    await answering.reply(stock, async ({ body }) => {
      asked.push(body)
      if (body !== 'first') return `${body}: 12`
      came.open()
      return gone.opened
    })
    const first = failureOf(asking.request(stock, 'first'))
    await came.opened
    await asking.close()
    gone.open()
    expect((await first).message).toMatch(/closed/)
    await using next = await open()
    expect((await next.request(stock, 'second')).body).toBe('second: 12')
    expect(asked).toEqual(['first', 'second'])
  })

  it('are asked again when the broker has closed the channel over a message, and the event error tells', async () => {
    await using asking = await open()
    await using answering = await open()
    asking.on('interrupted', (error) => expect.unreachable(error.message))
    const stock = queue(uniqueName('stock'))
    const [came, closed] = [gate(), gate()]
    const asked: unknown[] = []
    await answering.reply(
      stock,
      async ({ body }) => {
        asked.push(body)
        if (asked.length > 1) return `${body}: 12`
        came.open()
        await closed.opened
        return 'to a channel that is gone'
      },
      { concurrency: 10 },
    )
    const first = asking.request(stock, 'A-100')
    await came.opened
    const told = soon(new Promise<Error>((resolve) => asking.once('error', resolve)), 'the event error')
    const refused = failureOf(asking.request(stock, TOO_LARGE))
    const second = asking.request(stock, 'A-200')
    expect(await refused).toBeInstanceOf(MessageTooLargeError)
    expect((await told).message).toMatch(
      /closed the channel that answers come by, over a message that it refused: .*message size.*asked again/,
    )
    expect((await first).body).toBe('A-100: 12')
    expect((await second).body).toBe('A-200: 12')
    closed.open()
    expect(asked.sort()).toEqual(['A-100', 'A-100', 'A-200'])
    expect((await asking.request(stock, 'A-300')).body).toBe('A-300: 12')
  })

  it.each(['amqp', 'stomp', 'mqtt'] as const)('are refused over %s, where there are none', async (port) => {
    const error = await failureOf(connect(broker.uri(port), DIRECT))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error.message).toMatch(/does not hold over (AMQP 1\.0|STOMP|MQTT), which .*127\.0\.0\.1.*connect over AMQP/)
  })

  it('are not made by hand: the message that asks is refused, and no other', async () => {
    await using connection = await open({})
    const stock = queue(uniqueName('stock'))
    await connection.send(stock, 'before')
    const asking = textMessage('asks', { replyTo: queue('amq.rabbitmq.reply-to') })
    const outcomes = await Promise.allSettled([
      ...numbered(3).map((text) => connection.send(stock, text)),
      failureOf(connection.send(stock, asking)),
      connection.send(stock, 'after'),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(Array(5).fill('fulfilled'))
    const { value: error } = outcomes[3] as PromiseFulfilledResult<Error>
    expect(error).toBeInstanceOf(InvalidDestinationError)
    expect(error.message).toMatch(/fast reply consumer.*rabbitmq\.directReplyTo/)
  })
})

describe.skipIf(injected === undefined).each(['rabbitmq', 'rabbitmq-3'] as const)(
  'requests by the direct reply-to of a broker of its own, %s,',
  (name) => {
    let broker: Broker
    const open = () => connect(broker.uri(name === 'rabbitmq' ? 'amqp091' : 'amqp'), DIRECT)

    beforeAll(async () => {
      broker = await startBroker(name, { keep: false })
    }, 120_000)
    afterAll(() => broker?.stop())

    it('are answered', async () => {
      await using asking = await open()
      await using answering = await open()
      await answersEach(asking, answering)
    })

    // RabbitMQ 3 does not write down a queue at once: it is shut down in order.
    it('are asked again when the broker has gone and is back', async () => {
      await using asking = await open()
      await using answering = await open()
      const stock = queue(uniqueName('stock'))
      const came = gate()
      let calls = 0
      await answering.reply(
        stock,
        async ({ body }) => {
          calls += 1
          if (calls > 1) return `${body}: 12`
          came.open()
          return new Promise(() => {})
        },
        { concurrency: 10 },
      )
      const pending = asking.request(stock, 'A-100', { timeout: 120_000 })
      await came.opened
      const isKilled = name === 'rabbitmq'
      if (isKilled) await broker.writeTopology()
      const changes = [asking, answering].flatMap((connection) => [interrupted(connection), resumed(connection)])
      if (isKilled) await broker.kill()
      await (isKilled ? broker.start() : broker.restart())
      await Promise.all(changes)
      expect((await pending).body).toBe('A-100: 12')
      expect((await asking.request(stock, 'A-200')).body).toBe('A-200: 12')
    }, 150_000)
  },
)

/** Two hundred requests at once get each its own answer. */
async function answersEach(asking: Connection, answering: Connection): Promise<void> {
  const stock = queue(uniqueName('stock'))
  await answering.reply(stock, ({ body }) => `${body}: 12`, { concurrency: 10 })
  const questions = numbered(200)
  const answers = await Promise.all(questions.map((question) => asking.request(stock, question)))
  expect(answers.map(({ body }) => body)).toEqual(questions.map((question) => `${question}: 12`))
}
