import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, connect, queue, TransactionRolledBackError } from '../../../src/index.ts'
import { type Structure, TRANSACTION, TYPE } from '../../../src/providers/openwire/codec/types.ts'
import { failureOf, soon } from '../../conformance/waiting.ts'
import { refuse, type Script, ScriptedBroker } from './scripted-broker.ts'

const orders = queue<string>('orders')
const ARTEMIS = '0ad044c9-eab4-11f1-bbc3-0242ac110008'
const CLASSIC = 'ID:broker-1-2-0:1'

let broker: ScriptedBroker | undefined
let connection: Connection | undefined

afterEach(async () => {
  await connection?.close()
  broker?.close()
})

/** A connection to a broker with this id, and what resolves when the connection has come back to it. */
async function setUp(brokerId: string, script: Script = () => false) {
  const scripted = await ScriptedBroker.listen((command, client) => {
    if (command.type === TYPE.CONNECTION_INFO) {
      client.say(TYPE.BROKER_INFO, { brokerId: { type: TYPE.BROKER_ID, value: brokerId } })
    }
    return script(command, client)
  })
  broker = scripted
  const opened = await connect(scripted.uri, { closeTimeout: 200, failover: { initialReconnectDelay: 0 } })
  connection = opened
  const resumed = new Promise((resolve) => opened.once('resumed', resolve))
  const back = (): Promise<unknown> => soon(resumed, 'the broker')
  return { scripted, connection: opened, back }
}

function idsOf(messages: readonly Structure[]): unknown[] {
  return messages.map(({ messageId }) => (messageId as Structure).producerSequenceId)
}

describe('the last confirmation of Artemis', () => {
  it('is in doubt when the connection ends: the message goes out again, with its number', async () => {
    const { scripted, connection, back } = await setUp(ARTEMIS)
    const producer = await (await connection.createSession()).createProducer(orders)
    await producer.send('one')
    await producer.send('two')
    scripted.client.cut()
    await back()
    const messages = await scripted.next(TYPE.TEXT_MESSAGE, 3)
    expect(idsOf(messages)).toEqual([1, 2, 2])
    expect(messages[2]?.messageId).toEqual(messages[1]?.messageId)
  })

  it('is taken back by a refusal that tells of the end of the broker', async () => {
    let isEnding = true
    const { scripted, connection, back } = await setUp(ARTEMIS, (command, client) => {
      if (command.type !== TYPE.TEXT_MESSAGE || !isEnding) return false
      isEnding = false
      client.say(TYPE.RESPONSE, { correlationId: command.commandId })
      return refuse(client, command, 'java.lang.RuntimeException', 'AMQ229257: IDGenerator has been stopped')
    })
    await connection.send(orders, 'one')
    await back()
    expect(idsOf(await scripted.next(TYPE.TEXT_MESSAGE, 2))).toEqual([1, 1])
  })

  // As Artemis 2.44 was seen to answer while it ended.
  it('is that of the latest send, also where those of earlier ones come behind it', async () => {
    const commands: number[] = []
    const { scripted, connection, back } = await setUp(ARTEMIS, (command, client) => {
      if (command.type !== TYPE.TEXT_MESSAGE || commands.length === 3) return false
      commands.push(command.commandId as number)
      const [first, second, third] = commands
      if (third === undefined) return true
      for (const correlationId of [third, first, second]) client.say(TYPE.RESPONSE, { correlationId })
      return refuse(client, command, 'java.lang.RuntimeException', 'AMQ229257: IDGenerator has been stopped')
    })
    const producer = await (await connection.createSession()).createProducer(orders)
    await Promise.all(['one', 'two', 'three'].map((text) => producer.send(text)))
    await back()
    await producer.send('four')
    const again = idsOf(scripted.of(TYPE.TEXT_MESSAGE)).slice(3)
    expect(again.slice(-2)).toEqual([3, 4])
    expect(new Set(again).size).toBe(again.length)
  })

  it.each([
    ['without an id', { disableMessageId: true }],
    ['that is not persistent', { deliveryMode: 'non-persistent' }],
  ] as const)('stands for a message %s, which the broker does not know again', async (_, options) => {
    const { scripted, connection, back } = await setUp(ARTEMIS)
    const producer = await (await connection.createSession()).createProducer(orders)
    await producer.send('one', options)
    scripted.client.cut()
    await back()
    await producer.send('two')
    expect(scripted.of(TYPE.TEXT_MESSAGE)).toHaveLength(2)
  })

  it('of a commit is no commit when the broker does nothing more', async () => {
    let isEnding = false
    const { scripted, connection } = await setUp(ARTEMIS, (command, client) => {
      if (isEnding) return true
      isEnding = command.operation === TRANSACTION.COMMIT_ONE_PHASE
      if (isEnding) client.say(TYPE.RESPONSE, { correlationId: command.commandId })
      return isEnding
    })
    const session = await connection.createSession({ transacted: true })
    await (await session.createProducer(orders)).send('one')
    const committed = failureOf(session.commit())
    await scripted.next(TYPE.SESSION_INFO, 2)
    isEnding = false
    scripted.client.cut()
    expect(await committed).toBeInstanceOf(TransactionRolledBackError)
  })

  it('of a commit is one once the broker has done what came right behind it', async () => {
    const { scripted, connection } = await setUp(ARTEMIS)
    const session = await connection.createSession({ transacted: true })
    await (await session.createProducer(orders)).send('one')
    await session.commit()
    expect(scripted.of(TYPE.SESSION_INFO)).toHaveLength(2)
  })
})

describe('a send that Artemis refuses over its own end', () => {
  it.each([
    ['java.lang.RuntimeException', 'AMQ229257: IDGenerator has been stopped'],
    [
      'org.apache.activemq.artemis.api.core.ActiveMQShutdownException',
      'Journal must be in state=LOADED, was [STOPPED]',
    ],
  ])('with %s waits for the next broker', async (className, text) => {
    let isEnding = true
    const { scripted, connection } = await setUp(ARTEMIS, (command, client) => {
      if (command.type !== TYPE.TEXT_MESSAGE || !isEnding) return false
      isEnding = false
      return refuse(client, command, className, text)
    })
    await connection.send(orders, 'one')
    expect(idsOf(scripted.of(TYPE.TEXT_MESSAGE))).toEqual([1, 1])
  })
})

describe('the last confirmation of ActiveMQ Classic', () => {
  it('is true: nothing goes out again', async () => {
    const { scripted, connection, back } = await setUp(CLASSIC)
    await connection.send(orders, 'one')
    scripted.client.cut()
    await back()
    await connection.send(orders, 'two')
    expect(idsOf(scripted.of(TYPE.TEXT_MESSAGE))).toEqual([1, 2])
  })
})
