import { describe, expect, it } from 'vitest'
import {
  AuthorizationError,
  ConnectTimeoutError,
  connect,
  IllegalStateError,
  InvalidDestinationError,
  InvalidUriError,
  MessageFormatError,
  MessageTooLargeError,
  queue,
  type ReceivedMessage,
  TimeoutError,
  textMessage,
  topic,
} from '../../../src/index.ts'
import type { Frame } from '../../../src/providers/stomp/frame.ts'
import { StompProvider } from '../../../src/providers/stomp/provider.ts'
import { failureOf } from '../failure-of.ts'
import { broker, CLASSIC, client, RABBITMQ } from './bench.ts'
import { consumerOf, infoFor, PRODUCER, textTo } from './records.ts'
import { bytesOf, type Script, subscriptionTo } from './scripted-broker.ts'

const isSubscribe = ({ command, headers }: Frame): boolean =>
  command === 'SUBSCRIBE' && headers.get('destination') === '/queue/orders'

describe('a broker that does not answer', () => {
  it('makes a request fail in time, and the late subscription is taken back', async () => {
    const silent = await broker(CLASSIC, isSubscribe)
    const connection = await client(silent, { requestTimeout: 300 })
    const session = await connection.createSession()
    const error = await failureOf(session.createConsumer(queue('orders')))
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as TimeoutError).inDoubt).toBe(true)
    const subscribe = await subscriptionTo(silent, '/queue/orders')
    const unsubscribe = await silent.frame(({ command }) => command === 'UNSUBSCRIBE')
    expect(unsubscribe.headers.get('id')).toBe(subscribe.headers.get('id'))
  })

  it('is left by a failover, which connects again', async () => {
    const one = await broker(CLASSIC, (frame) => one.clients.length === 2 && isSubscribe(frame))
    const connection = await client(one, { failover: { initialReconnectDelay: 1 }, requestTimeout: 300 })
    await connection.consume(queue('orders'), () => {})
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    one.client.cut()
    await resumed
    expect(one.clients).toHaveLength(3)
  })

  it('of a client id ends the attempt in time, and the connection with it', async () => {
    const silent = await broker(RABBITMQ, ({ command }) => command === 'SUBSCRIBE')
    const error = await failureOf(client(silent, { clientId: 'me', connectTimeout: 500, requestTimeout: 60_000 }))
    expect(error).toBeInstanceOf(ConnectTimeoutError)
    await silent.client.gone
  })

  it('of a temporary queue is left, also when the broker goes while its name is found out', async () => {
    const first = await broker(CLASSIC, ({ command }, peer) => {
      if (command !== 'SEND') return false
      peer.cut()
      return true
    })
    const connection = await client(first)
    const session = await connection.createSession()
    await expect(session.createTemporaryQueue()).rejects.toThrow(/lost|closed/)
  })

  it('of a temporary queue with the message that tells its name is not waited for for ever', async () => {
    const silent = await broker(CLASSIC)
    const connection = await client(silent, { requestTimeout: 300 })
    const session = await connection.createSession()
    await expect(session.createTemporaryQueue()).rejects.toThrow(TimeoutError)
  })
})

describe('a message that makes no sense', () => {
  const MESSAGE = 'MESSAGE\nsubscription:SUB\nmessage-id:1\nack:1\ndestination:/queue/orders\n'

  async function received(product: string, destination: string, more: string): Promise<ReceivedMessage> {
    const one = await broker(product)
    const connection = await client(one)
    const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
    const subscription = await subscriptionTo(one, destination)
    const id = subscription.headers.get('id') ?? ''
    one.client.write(`${MESSAGE.replace('SUB', id)}${more}\n\nbody\0`)
    const message = await consumer.receive({ timeout: 5_000 })
    expect(connection.state).toBe('connected')
    return message as ReceivedMessage
  }

  it.each([
    ['a reply-to without a name', 'reply-to:/queue/'],
    ['a header line without a name', ':value'],
    ['a header line without a colon', 'nonsense'],
    ['an escape that does not exist', 'odd:\\t'],
    ['headers that are no UTF-8', 'odd:\xff\xfe'],
    ['types that are no types', 'PolymqTypes:{"hidden"\\c{"a"\\c{"toString"\\c1,"valueOf"\\c1}}}'],
    ['a kind that is none', 'PolymqTypes:{"kind"\\c{"a"\\c1}}'],
    ['entries that are none', 'PolymqTypes:{"kind"\\c"map","entries"\\c7,"properties"\\c"no"}'],
  ])('arrives without what does not: %s', async (_, header) => {
    expect((await received(CLASSIC, '/queue/orders', header)).body).toBe('body')
  })

  it('arrives from RabbitMQ with a control character in reply-to', async () => {
    const message = await received(RABBITMQ, '/amq/queue/orders', 'reply-to:/queue/a%0Ab')
    expect(message.body).toBe('body')
    expect(message.replyTo).toBeUndefined()
  })
})

describe('a durable subscription on RabbitMQ', () => {
  it('can be consumed from after a first attempt was refused', async () => {
    let refuses = true
    const one = await broker(RABBITMQ, ({ command, headers }, peer) => {
      if (command !== 'SUBSCRIBE' || headers.get('destination') !== '/topic/prices' || !refuses) return false
      refuses = false
      peer.say('ERROR', { message: 'access_refused' }, "ACCESS_REFUSED - access to queue 'q' refused")
      return true
    })
    const connection = await client(one, { clientId: 'me' })
    const session = await connection.createSession()
    await expect(session.createDurableConsumer(topic('prices'), 'all')).rejects.toThrow(AuthorizationError)
    await session.createDurableConsumer(topic('prices'), 'all')
  })
})

/** The frame for which RabbitMQ waits until it has the queue. */
function isBehindDeclaration(command: string, headers: ReadonlyMap<string, string>): boolean {
  return command === 'SUBSCRIBE' && headers.get('destination') === '/amq/queue/amq.rabbitmq.reply-to'
}

describe('the queue of dead letters on RabbitMQ', () => {
  it('is declared again after that has failed', async () => {
    let refuses = true
    const one = await broker(RABBITMQ, ({ command, headers }, peer) => {
      if (!isBehindDeclaration(command, headers) || !refuses) return false
      refuses = false
      peer.say('ERROR', { message: 'access_refused' }, "ACCESS_REFUSED - access to queue 'DLQ' refused")
      return true
    })
    const connection = await client(one)
    await expect(connection.send(queue('orders'), 1)).rejects.toThrow(AuthorizationError)
    await connection.send(queue('orders'), 2)
  })
})

describe('the order of sends', () => {
  it('holds while a queue is being declared, also for sends right after it', async () => {
    const ticks: Script = ({ command, headers }, peer) => {
      if (!isBehindDeclaration(command, headers)) return false
      const tick = bytesOf('MESSAGE', { subscription: 'ticks', 'message-id': '1', ack: '1' })
      const receipt = bytesOf('RECEIPT', { 'receipt-id': headers.get('receipt') ?? '' })
      peer.write(Buffer.concat([tick, receipt]))
      return true
    }
    const one = await broker(RABBITMQ, ticks)
    const provider = new StompProvider()
    const sends: Promise<void>[] = []
    const send = (): void => void sends.push(provider.send(PRODUCER, textTo('orders', String(sends.length))))
    // One in each of the microtasks that come once the declaration is confirmed.
    const sendFor = (turns: number): void => {
      send()
      if (turns > 0) queueMicrotask(() => sendFor(turns - 1))
    }
    const listener = { message: () => sendFor(30), resourceClosed: () => {}, connectionLost: () => {} }
    await provider.open(infoFor(one.uri), listener, AbortSignal.timeout(5_000))
    await provider.create(consumerOf('ticks'))
    // Two declarations: that of the dead letters, and that of the queue.
    provider.grant(consumerOf('ticks'), 2)
    for (let index = 0; index < 5; index += 1) send()
    await sends[0]
    await Promise.all(sends)
    await provider.close()
    const bodies = one.frames
      .filter(({ command, headers }) => command === 'SEND' && headers.get('destination') === '/amq/queue/orders')
      .map(({ body }) => Number(new TextDecoder().decode(body)))
    expect(bodies).toEqual(Array.from({ length: 67 }, (_, index) => index))
  })
})

describe('a queue that somebody deletes on RabbitMQ', () => {
  it('ends its consumer with an error, and is declared again before the next send', async () => {
    const one = await broker(RABBITMQ)
    const connection = await client(one)
    const consumer = await (await connection.createSession()).createConsumer(queue('orders'))
    const subscription = await subscriptionTo(one, '/amq/queue/orders')
    const receiving = failureOf(consumer.receive({ timeout: 5_000 }))
    const id = subscription.headers.get('id') ?? ''
    one.client.say(
      'ERROR',
      { subscription: id, message: 'Server cancelled subscription' },
      'The server has canceled it',
    )
    expect(await receiving).toBeInstanceOf(InvalidDestinationError)
    await connection.send(queue('orders'), 'after')
    const declarations = one.frames.filter(({ headers }) => headers.get('destination') === '/queue/orders')
    expect(declarations).toHaveLength(2)
    expect(one.clients).toHaveLength(2)
  })
})

describe('what STOMP cannot say', () => {
  it.each([
    ['a long property', { note: 'ü'.repeat(6_000) }, /^a message to queue orders has 12005 bytes in the header note, /],
    [
      'many properties',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`p${index}`, 'x'])),
      /^a message to queue orders has 10\d\d headers and properties, and ActiveMQ takes 1000 over STOMP/,
    ],
  ])('is refused before it is sent to ActiveMQ: %s', async (_, properties, reason) => {
    const one = await broker(CLASSIC)
    const connection = await client(one)
    const error = await failureOf(connection.send(queue('orders'), textMessage('x', { properties })))
    expect(error).toBeInstanceOf(MessageTooLargeError)
    expect(error.message).toMatch(reason)
    expect(one.commands).not.toContain('SEND')
    await connection.send(queue('orders'), textMessage('x', { properties: { note: 'x'.repeat(10_000) } }))
  })

  it('is refused by name: a line break in a header before 1.2', async () => {
    const one = await broker(CLASSIC, ({ command }, peer) => {
      if (command !== 'CONNECT') return false
      peer.write(`CONNECTED\nversion:1.1\nserver:${CLASSIC}\n\n\0`)
      return true
    })
    const connection = await client({ uri: `${one.uri}?stomp.version=1.1` })
    const session = await connection.createSession()
    await expect(session.createConsumer(queue('orders'), { selector: "a = '\r'" })).rejects.toThrow(MessageFormatError)
  })

  it('a virtual host that is wrongly encoded is an error of the URI', async () => {
    await expect(connect('stomp://127.0.0.1:1/%zz')).rejects.toThrow(InvalidUriError)
  })
})

describe('a consumer that is closed', () => {
  it('leaves nothing to settle, and says so', async () => {
    const one = await broker(CLASSIC)
    const connection = await client(one)
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(queue('orders'))
    const subscription = await subscriptionTo(one, '/queue/orders')
    const id = subscription.headers.get('id') ?? ''
    one.client.say('MESSAGE', { subscription: id, 'message-id': '1', ack: '1', destination: '/queue/orders' }, 'body')
    const message = await consumer.receive({ timeout: 5_000 })
    await consumer.close()
    const outcome = await message?.acknowledge().catch((error: Error) => error)
    if (outcome !== undefined) expect(outcome).toBeInstanceOf(IllegalStateError)
    expect(connection.state).toBe('connected')
  })
})

describe('windows', () => {
  it('a browser has no more than its prefetch under way, however long the queue', async () => {
    const one = await broker(CLASSIC)
    const connection = await client(one, { prefetch: 3 })
    const session = await connection.createSession()
    const bodies: unknown[] = []
    const browsing = (async () => {
      for await (const { body } of await session.createBrowser(queue('orders'))) bodies.push(body)
    })()
    const { headers } = await subscriptionTo(one, '/queue/orders')
    expect(headers.get('ack')).toBe('client-individual')
    expect(headers.get('activemq.prefetchSize')).toBe('3')
    const id = headers.get('id') ?? ''
    let sent = 0
    const dispatch = (): void => {
      sent += 1
      if (sent > 8) one.client.say('MESSAGE', { subscription: id, 'message-id': '0', browser: 'end' })
      else one.client.say('MESSAGE', { subscription: id, 'message-id': String(sent), ack: String(sent) }, String(sent))
    }
    one.script = ({ command }) => {
      if (command === 'ACK') dispatch()
      return false
    }
    for (let index = 0; index < 3; index += 1) dispatch()
    await browsing
    expect(bodies).toEqual(['1', '2', '3', '4', '5', '6', '7', '8'])
  })

  it.each([
    ['ActiveMQ', CLASSIC, 'activemq.prefetchSize'],
    ['RabbitMQ', RABBITMQ, 'prefetch-count'],
  ])('a topic sends no more than the prefetch ahead, whatever the session: %s', async (_, product, header) => {
    const one = await broker(product)
    const connection = await client(one)
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    await session.createConsumer(topic('prices'), { prefetch: 7 })
    expect((await subscriptionTo(one, '/topic/prices')).headers.get(header)).toBe('7')
  })

  it('an application that holds on to a topic’s messages gets the next ones', async () => {
    const one = await broker(CLASSIC)
    const connection = await client(one)
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(topic('prices'), { prefetch: 1 })
    const id = (await subscriptionTo(one, '/topic/prices')).headers.get('id') ?? ''
    let sent = 0
    const dispatch = (): void => {
      sent += 1
      one.client.say('MESSAGE', { subscription: id, 'message-id': String(sent), ack: String(sent) }, String(sent))
    }
    one.script = ({ command }) => {
      if (command === 'ACK' && sent < 3) dispatch()
      return false
    }
    dispatch()
    for (const expected of ['1', '2', '3']) {
      expect((await consumer.receive({ timeout: 5_000 }))?.body).toBe(expected)
    }
    await session.acknowledge()
  })
})
