import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  type Connection,
  ConnectionError,
  ConnectionLostError,
  type ConnectOptions,
  connect,
  InvalidClientIdError,
  MessageTooLargeError,
  queue,
  ResourceLimitError,
  TimeoutError,
  topic,
} from '../../../src/index.ts'
import { ACK, type Structure, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { failureOf } from '../../conformance/waiting.ts'
import { refuse, ScriptedBroker } from './scripted-broker.ts'
import { bytesOf } from './vectors.ts'

const brokers: ScriptedBroker[] = []
const connections: Connection[] = []

afterEach(async () => {
  for (const broker of brokers.splice(0)) broker.close()
  await Promise.all(connections.splice(0).map((connection) => connection.close()))
})

async function listen(...script: Parameters<typeof ScriptedBroker.listen>): Promise<ScriptedBroker> {
  const broker = await ScriptedBroker.listen(...script)
  brokers.push(broker)
  return broker
}

async function open(target: string, options: ConnectOptions = {}): Promise<Connection> {
  const connection = await connect(target, { failover: false, closeTimeout: 200, ...options })
  connections.push(connection)
  return connection
}

/** Sends a text to whoever has subscribed. */
function dispatch(to: ScriptedBroker, consumer: Structure, sequence: number): void {
  const { consumerId, destination } = consumer
  const producerId = { type: TYPE.PRODUCER_ID, connectionId: 'ID:other', value: 1, sessionId: 1 }
  const messageId = { type: TYPE.MESSAGE_ID, producerId, producerSequenceId: sequence, brokerSequenceId: sequence }
  const content = Buffer.concat([bytesOf('00000001'), Buffer.from(String(sequence % 10))])
  const message = {
    type: TYPE.TEXT_MESSAGE,
    producerId,
    destination,
    messageId,
    persistent: true,
    priority: 4,
    content,
  }
  to.client.say(TYPE.MESSAGE_DISPATCH, { consumerId, destination, message, redeliveryCounter: 0 })
}

describe('a connection over OpenWire', () => {
  it('asks for the encoding that it speaks, and says who it is', async () => {
    const { uri, greetings, commands } = await listen()
    const connection = await open(`${uri}?wireFormat.maxFrameSize=1048576`, {
      ...{ username: 'u', password: 'p', clientId: 'c', heartbeat: 7_000 },
    })
    expect(greetings[0]).toMatchObject({
      version: 12,
      properties: {
        ...{ CacheEnabled: false, TightEncodingEnabled: false, StackTraceEnabled: false, SizePrefixDisabled: false },
        ...{ MaxInactivityDuration: 14_000, MaxFrameSize: 1_048_576, ProviderName: 'polymq' },
      },
    })
    expect(commands[0]).toMatchObject({ clientId: 'c', userName: 'u', password: 'p', failoverReconnect: false })
    expect(connection.peer).toMatchObject({ protocol: 'openwire', product: 'ActiveMQ', version: '5.18.3' })
  })

  it('passes over commands that it does not know, and answers keep-alives', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    scripted.client.write(bytesOf('00000006f00000000100'))
    scripted.client.say(TYPE.KEEP_ALIVE_INFO, { responseRequired: true })
    expect(await scripted.next(TYPE.KEEP_ALIVE_INFO)).toMatchObject([{ responseRequired: false }])
    expect(connection.state).toBe('connected')
  })

  it.each([
    ['javax.jms.JMSSecurityException', 'User name [u] or password is invalid.', AuthenticationError],
    ['java.lang.SecurityException', 'User name [u] or password is invalid.', AuthenticationError],
    ['jakarta.jms.InvalidClientIDException', 'Broker: b - Client: c already connected', InvalidClientIdError],
  ])('that is refused with %s says why', async (className, text, type) => {
    const { uri } = await listen((command, client) =>
      command.type === TYPE.CONNECTION_INFO ? refuse(client, command, className, text) : false,
    )
    const error = await failureOf(open(uri, { username: 'u', password: 'secret', clientId: 'c' }))
    expect(error).toBeInstanceOf(type)
    expect(String(error)).toContain(text)
    expect(String(error)).not.toContain('secret')
  })

  it('refuses a broker that is too old, naming what to do', async () => {
    const scripted = await listen()
    scripted.greeting = { version: 9, properties: {} }
    const error = await failureOf(open(scripted.uri))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(String(error)).toMatch(/speaks OpenWire 9.*5\.9 on/)
  })

  it.each([
    ['AMQP\u0000\u0001\u0000\u0000', /does not speak OpenWire but AMQP 1\.0/],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', /does not speak OpenWire but HTTP/],
    ['\u0015\u0003\u0003\u0000\u0002\u0002\u0028', /does not speak OpenWire but TLS/],
  ])('says who answered in another protocol: %j', async (bytes, reason) => {
    const scripted = await listen()
    scripted.greeting = undefined
    const opening = failureOf(open(scripted.uri))
    await vi.waitFor(() => scripted.client.write(Buffer.from(bytes, 'latin1')))
    expect(String(await opening)).toMatch(reason)
  })

  it.each([
    ['a frame that is too large', bytesOf('7fffffff1e')],
    ['a frame without anything', bytesOf('00000000')],
    ['a message of a consumer that is none', bytesOf('00000008150000000000ffff')],
    ['a message cut short', bytesOf('0000000a1500000000000101' + '7a00')],
  ])('ends over %s, and nothing else does', async (_, bytes) => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const closed = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    scripted.client.write(bytes)
    expect(await closed).toBeInstanceOf(ConnectionLostError)
  })

  it('takes a silent broker for dead', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri, { heartbeat: 50 })
    const closed = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    expect(String(await closed)).toMatch(/has sent nothing for 100 ms, two heartbeats; it is taken for dead/)
    expect(scripted.of(TYPE.KEEP_ALIVE_INFO).length).toBeGreaterThan(0)
  })

  it('has no more on its way to one destination than a broker takes in that does not read, and the rest in order', async () => {
    const [TEXTS, SIZE] = [300, 1_000]
    const silent = await listen(({ type }) => type === TYPE.TEXT_MESSAGE)
    const connection = await open(silent.uri)
    const sends = Promise.all(
      Array.from({ length: TEXTS }, (_, index) => connection.send(queue('full'), String(index).padStart(SIZE, '0'))),
    )
    const other = connection.send(queue('other'), 'one')
    // The last one that was written.
    const isOther = ({ destination }: Structure): boolean => (destination as Structure).physicalName === 'other'
    await expect.poll(() => silent.of(TYPE.TEXT_MESSAGE).some(isOther)).toBe(true)
    expect(silent.of(TYPE.TEXT_MESSAGE).length).toBeLessThan(70)
    const answer = ({ commandId }: Structure): void => silent.client.say(TYPE.RESPONSE, { correlationId: commandId })
    silent.script = () => false
    for (const message of silent.of(TYPE.TEXT_MESSAGE)) answer(message)
    await Promise.all([sends, other])
    const numbers = silent
      .of(TYPE.TEXT_MESSAGE)
      .filter((message) => !isOther(message))
      .map(({ content }) => Number((content as Buffer).toString('latin1').slice(4)))
    expect(numbers).toEqual(Array.from({ length: TEXTS }, (_, index) => index))
  })

  it('is left for the broker that it is asked to go on at', async () => {
    const other = await listen()
    const advising = await listen((command, client) => {
      if (command.type !== TYPE.CONNECTION_INFO) return false
      client.say(TYPE.CONNECTION_CONTROL, { connectedBrokers: '', reconnectTo: '' })
      client.say(TYPE.CONNECTION_CONTROL, { connectedBrokers: `${advising.uri}, ${other.uri}`, reconnectTo: other.uri })
      return false
    })
    const connection = await open(advising.uri, { failover: {} })
    await new Promise((resolve) => connection.on('resumed', resolve))
    expect(connection.peer.endpoint).toBe(other.uri)
  })

  it('tells what the broker complained of before it hung up', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const closed = new Promise<unknown>((resolve) => connection.on('closed', resolve))
    const exception = {
      className: 'org.apache.activemq.broker.BrokerStoppedException',
      message: 'Broker has been stopped',
    }
    scripted.client.say(TYPE.CONNECTION_ERROR, { exception })
    await new Promise((resolve) => setImmediate(resolve))
    scripted.client.write(bytesOf('00000000'))
    expect(String(await closed)).toMatch(/given up|Broker has been stopped/)
  })
})

describe('a send over OpenWire', () => {
  it.each([
    ['javax.jms.JMSSecurityException', 'User u is not authorized to write to: queue://q', AuthorizationError],
    ['javax.jms.ResourceAllocationException', 'Usage Manager Memory Limit reached', ResourceLimitError],
  ])('that is refused with %s is rejected with its reason', async (className, text, type) => {
    const { uri } = await listen((command, client) =>
      command.type === TYPE.TEXT_MESSAGE ? refuse(client, command, className, text) : false,
    )
    const connection = await open(uri)
    const error = await failureOf(connection.send(queue('q'), 'x'))
    expect(error).toBeInstanceOf(type)
    expect(String(error)).toMatch(/sending to queue q on tcp:.*refused by the broker/)
  })

  it('that is too large for the broker is refused before it is sent, and the next one is not', async () => {
    const scripted = await listen()
    scripted.greeting = { version: 12, properties: { MaxFrameSize: 2_000n } }
    const connection = await open(scripted.uri)
    const error = await failureOf(connection.send(queue('q'), 'x'.repeat(5_000)))
    expect(error).toBeInstanceOf(MessageTooLargeError)
    expect(String(error)).toMatch(/a frame of 5\d\d\d bytes, and the broker takes 2000/)
    await connection.send(queue('q'), 'small')
    expect(scripted.of(TYPE.TEXT_MESSAGE)).toHaveLength(1)
  })

  it('that nobody answers ends in time, in doubt', async () => {
    const { uri } = await listen((command) => command.type === TYPE.TEXT_MESSAGE)
    const connection = await open(uri, { sendTimeout: 30 })
    const error = await failureOf(connection.send(queue('q'), 'x'))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ inDoubt: true })
  })

  it('has its number from its producer, so that the broker knows it again', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const session = await connection.createSession()
    const producer = await session.createProducer(queue('q'))
    await producer.send('a')
    await producer.send('b', { disableMessageId: true })
    await producer.send('c')
    const ids = scripted.of(TYPE.TEXT_MESSAGE).map(({ messageId }) => messageId as Structure)
    expect(ids.map(({ producerSequenceId }) => producerSequenceId)).toEqual([1, 1, 3])
    expect(ids[0]?.producerId).toEqual(ids[2]?.producerId)
    expect(ids[1]?.producerId).not.toEqual(ids[0]?.producerId)
  })

  it('has a producer for each destination, where one is for all, and the same on the next broker', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri, { failover: { initialReconnectDelay: 0 } })
    const producer = await (await connection.createSession()).createProducer()
    await producer.send(queue('full'), 'a')
    await producer.send(queue('other'), 'b')
    const resumed = new Promise((resolve) => connection.on('resumed', resolve))
    scripted.client.cut()
    await resumed
    await producer.send(queue('full'), 'c')
    const [a, b, c] = scripted.of(TYPE.TEXT_MESSAGE)
    expect(a?.producerId).not.toEqual(b?.producerId)
    expect(c?.producerId).toEqual(a?.producerId)
    expect(c?.messageId).toMatchObject({ producerSequenceId: 3 })
    await producer.close()
    expect(scripted.of(TYPE.REMOVE_INFO)).toHaveLength(2)
  })

  it('goes out again after a failover with the same number, by the same connection id', async () => {
    let isDeaf = true
    const scripted = await listen((command) => command.type === TYPE.TEXT_MESSAGE && isDeaf)
    const connection = await open(scripted.uri, { failover: { initialReconnectDelay: 0 } })
    const sent = connection.send(queue('q'), 'x')
    await scripted.next(TYPE.TEXT_MESSAGE)
    isDeaf = false
    scripted.client.cut()
    await sent
    const [first, second] = scripted.of(TYPE.CONNECTION_INFO)
    expect(second?.connectionId).toEqual(first?.connectionId)
    expect([first?.failoverReconnect, second?.failoverReconnect]).toEqual([false, true])
    const [before, after] = scripted.of(TYPE.TEXT_MESSAGE)
    expect(after?.messageId).toEqual(before?.messageId)
  })
})

describe('a consumer over OpenWire', () => {
  it('lets the broker go on where the application holds all that it was sent', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(queue('q'), { prefetch: 4 })
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    for (let sequence = 1; sequence <= 4; sequence += 1) dispatch(scripted, info as Structure, sequence)
    for (let count = 0; count < 4; count += 1) await consumer.receive({ timeout: 2_000 })
    const acks = await scripted.next(TYPE.MESSAGE_ACK, 2)
    expect(acks.map(({ ackType, messageCount }) => [ackType, messageCount])).toEqual([
      [ACK.DELIVERED, 2],
      [ACK.DELIVERED, 2],
    ])
    await session.acknowledge()
    expect((await scripted.next(TYPE.MESSAGE_ACK, 3))[2]).toMatchObject({
      ...{ ackType: ACK.STANDARD, messageCount: 4, firstMessageId: { producerSequenceId: 1 } },
      lastMessageId: { producerSequenceId: 4 },
    })
  })

  it('acknowledges one by one, and the rest together', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(queue('q'))
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    for (let sequence = 1; sequence <= 4; sequence += 1) dispatch(scripted, info as Structure, sequence)
    const messages = []
    for (let count = 0; count < 4; count += 1) messages.push(await consumer.receive({ timeout: 2_000 }))
    await messages[1]?.acknowledge()
    await session.acknowledge()
    const acks = await scripted.next(TYPE.MESSAGE_ACK, 2)
    expect(
      acks.map(({ messageCount, lastMessageId }) => [messageCount, (lastMessageId as Structure).producerSequenceId]),
    ).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('asks for each message without a prefetch, and no more of them than it wants', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('q'), { prefetch: 0 })
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    expect(info).toMatchObject({ prefetchSize: 0 })
    const receiving = consumer.receive({ timeout: 2_000 })
    expect(await scripted.next(TYPE.MESSAGE_PULL)).toMatchObject([{ timeout: 0 }])
    dispatch(scripted, info as Structure, 1)
    expect((await receiving)?.body).toBe('1')
    const asking = consumer.receiveNoWait()
    expect((await scripted.next(TYPE.MESSAGE_PULL, 2))[1]).toMatchObject({ timeout: -1 })
    scripted.client.say(TYPE.MESSAGE_DISPATCH, { consumerId: info?.consumerId, message: null })
    expect(await asking).toBeNull()
    expect(scripted.of(TYPE.MESSAGE_PULL)).toHaveLength(2)
  })

  it('asks Artemis again when it says that there is nothing: it may say so of the message before', async () => {
    const scripted = await listen((command, client) => {
      if (command.type !== TYPE.CONNECTION_INFO) return false
      const brokerId = { type: TYPE.BROKER_ID, value: '0f8fad5b-d9cb-469f-a165-70867728950e' }
      client.say(TYPE.BROKER_INFO, { brokerId, brokerName: 'localhost' })
      return false
    })
    const connection = await open(scripted.uri)
    const session = await connection.createSession()
    const consumer = await session.createConsumer(queue('q'), { prefetch: 0 })
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    const nothing = { consumerId: info?.consumerId, message: null }
    const asking = consumer.receiveNoWait()
    await scripted.next(TYPE.MESSAGE_PULL)
    scripted.client.say(TYPE.MESSAGE_DISPATCH, nothing)
    await scripted.next(TYPE.MESSAGE_PULL, 2)
    dispatch(scripted, info as Structure, 1)
    expect((await asking)?.body).toBe('1')
    const again = consumer.receiveNoWait()
    for (const count of [3, 4]) {
      await scripted.next(TYPE.MESSAGE_PULL, count)
      scripted.client.say(TYPE.MESSAGE_DISPATCH, nothing)
    }
    expect(await again).toBeNull()
  })

  it('that the broker closes ends with a reason', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const consumer = await (await connection.createSession()).createConsumer(queue('q'))
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    const receiving = failureOf(consumer.receive())
    scripted.client.say(TYPE.CONSUMER_CONTROL, {
      consumerId: info?.consumerId,
      destination: info?.destination,
      close: true,
    })
    expect(String(await receiving)).toMatch(/consuming from queue q was ended by the broker/)
  })

  it('waits after a failover until the broker has let go of its durable subscription', async () => {
    let refusals = 0
    const scripted = await listen((command, client) => {
      if (command.type !== TYPE.CONSUMER_INFO || scripted.clients.length < 2 || refusals === 2) return false
      refusals += 1
      return refuse(client, command, 'javax.jms.JMSException', 'Durable consumer is in use for client: c')
    })
    const connection = await open(scripted.uri, { clientId: 'c', failover: { initialReconnectDelay: 0 } })
    const resumed = new Promise((resolve) => connection.on('resumed', resolve))
    const closed: unknown[] = []
    connection.on('error', (error) => closed.push(error))
    await (await connection.createSession()).createDurableConsumer(topic('news'), 'archive')
    scripted.client.cut()
    await resumed
    expect([refusals, closed]).toEqual([2, []])
  })

  it('tells the broker at its end which messages the application has had', async () => {
    const scripted = await listen()
    const connection = await open(scripted.uri)
    const session = await connection.createSession({ acknowledgeMode: 'client' })
    const consumer = await session.createConsumer(queue('q'))
    const [info] = await scripted.next(TYPE.CONSUMER_INFO)
    for (let sequence = 11; sequence <= 14; sequence += 1) dispatch(scripted, info as Structure, sequence)
    await consumer.receive({ timeout: 2_000 })
    await consumer.receive({ timeout: 2_000 })
    await consumer.close()
    const removals = scripted.of(TYPE.REMOVE_INFO)
    expect(removals.at(-1)).toMatchObject({ objectId: { type: TYPE.CONSUMER_ID }, lastDeliveredSequenceId: 12 })
  })
})
