import { Buffer } from 'node:buffer'
import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  AuthorizationError,
  ConnectionError,
  ConnectionLostError,
  connect,
  InvalidOptionError,
  queue,
  ResourceLimitError,
  TimeoutError,
  topic,
} from '../../../src/index.ts'
import * as methods from '../../../src/providers/amqp091/codec/methods.ts'
import type { PayloadReader } from '../../../src/providers/amqp091/codec/reader.ts'
import { methodFrame } from '../../../src/providers/amqp091/codec/writer.ts'
import { failureOf as refusalOf, soon } from '../../conformance/waiting.ts'
import { ScriptedPeer } from './support.ts'

let peer: ScriptedPeer

const failureOf = async (call: Promise<unknown>): Promise<Error> => (await refusalOf(call)) as Error

afterEach(() => peer.close())

async function listening(heartbeat?: number): Promise<ScriptedPeer> {
  peer = await ScriptedPeer.listen(heartbeat)
  return peer
}

function refusing(code: number, text: string): Buffer {
  return methodFrame(0, methods.CONNECTION_CLOSE, (writer) => {
    writer.uint16(code)
    writer.shortstr(text)
    writer.uint32(0)
  })
}

describe('the version of AMQP', () => {
  it('is the one that the broker answers in, and is remembered', async () => {
    const { uri } = await listening()
    const first = await connect(uri, { failover: false })
    expect(first.peer).toMatchObject({ protocol: 'amqp091', product: 'Scripted', version: '3.10.8' })
    expect(peer.connections).toBe(2)
    await first.close()
    await (await connect(uri, { failover: false })).close()
    expect(peer.connections).toBe(3)
  })

  it('is the one that the URI says, and then no other', async () => {
    const { uri } = await listening()
    const connection = await connect(`${uri}?amqp.version=0-9-1`, { failover: false })
    await connection.close()
    expect(peer.connections).toBe(1)
    const error = await failureOf(connect(`${uri}?amqp.version=1.0`, { failover: false }))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/does not speak AMQP 1\.0 but AMQP 0-9-1.*amqp\.version=0-9-1/)
  })

  it('is refused when it is not known, or not possible there', async () => {
    const { uri } = await listening()
    await expect(connect(`${uri}?amqp.version=0-8`)).rejects.toThrow(/0-8 is not known; use 1\.0 or 0-9-1/)
    const webSocket = `${uri.replace('amqp', 'amqp+ws')}?amqp.version=0-9-1`
    await expect(connect(webSocket)).rejects.toThrow(InvalidOptionError)
    expect(peer.connections).toBe(0)
  })
})

describe('a connection over AMQP 0-9-1', () => {
  const open = async (query = '', options = {}) =>
    connect(`${peer.uri}?amqp.version=0-9-1${query}`, { failover: false, ...options })

  it.each([
    [
      403,
      'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN',
      AuthenticationError,
      /user "guest".*check username/,
    ],
    [530, 'NOT_ALLOWED - vhost / not found', ConnectionError, /no virtual host "\/"/],
    [
      530,
      "NOT_ALLOWED - access to vhost '/' refused for user 'guest'",
      AuthorizationError,
      /give the user permissions/,
    ],
    [530, 'NOT_ALLOWED - connection limit (1) is reached', ResourceLimitError, /close others/],
  ])('that is refused with %i %s says what to do', async (code, text, type, advice) => {
    await listening()
    peer.answers.set(methods.CONNECTION_OPEN, () => refusing(code, text))
    const error = await failureOf(open())
    expect(error).toBeInstanceOf(type)
    expect(error.message).toMatch(advice)
    expect(error.message).not.toContain('secret')
  })

  it.each([
    ['a frame without an end', Buffer.from([1, 0, 0, 0, 0, 0, 1, 0, 0])],
    ['a frame larger than agreed', Buffer.from([1, 0, 0, 0x7f, 0, 0, 0])],
    ['a channel that is not open', methodFrame(9, methods.BASIC_ACK, (writer) => writer.uint64(1))],
    ['an unknown method', methodFrame(0, 0x000a_00ff)],
    ['a method that is cut', methodFrame(1, methods.BASIC_ACK, (writer) => writer.uint8(200))],
    ['a body without a message', Buffer.from([3, 0, 1, 0, 0, 0, 1, 0, 0xce])],
    ['something else', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ])('ends with an error when the broker sends %s', async (_, bytes) => {
    await listening()
    const connection = await open()
    const lost = new Promise<Error | undefined>((resolve) => connection.once('closed', resolve))
    peer.socket?.write(bytes)
    expect(await lost).toBeInstanceOf(ConnectionLostError)
    await connection.close()
  })

  it('is lost when the broker closes it for its operator', async () => {
    await listening()
    const connection = await open()
    const lost = new Promise<Error | undefined>((resolve) => connection.once('closed', resolve))
    peer.socket?.write(refusing(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"))
    expect((await lost)?.message).toMatch(/closed by its operator: CONNECTION_FORCED/)
  })

  it('is lost when the broker has been silent for two heartbeats', async () => {
    await listening(1)
    const connection = await open('', { heartbeat: 1_000 })
    const lost = new Promise<Error | undefined>((resolve) => connection.once('closed', resolve))
    expect((await lost)?.message).toMatch(/sent nothing for 2000 ms, two heartbeats/)
  })

  it('ends in time when the broker does not answer any more', async () => {
    await listening()
    const connection = await open('', { closeTimeout: 100 })
    peer.answers.clear()
    await connection.close()
    expect(connection.state).toBe('closed')
  })

  it('goes on over another connection when the broker does not answer for what it had before', async () => {
    let channels = 0
    let isAnswering = true
    const { answers } = await listening()
    answers.set(methods.CHANNEL_OPEN, () => {
      channels += 1
      return methodFrame(channels, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0))
    })
    answers.set(methods.BASIC_QOS, () => methodFrame(channels, methods.BASIC_QOS_OK))
    answers.set(methods.BASIC_CONSUME, () => {
      if (isAnswering) return methodFrame(channels, methods.BASIC_CONSUME_OK, (writer) => writer.shortstr('tag'))
      isAnswering = true
      channels = 0
      return undefined
    })
    const connection = await open('', {
      requestTimeout: 200,
      closeTimeout: 100,
      failover: { initialReconnectDelay: 1, maxReconnectDelay: 1 },
    })
    await (await connection.createSession()).createConsumer(queue('amq.given'))
    const resumed = new Promise((resolve) => connection.once('resumed', resolve))
    isAnswering = false
    channels = 0
    peer.socket?.destroy()
    await soon(resumed, 'a broker again')
    expect(peer.connections).toBe(3)
    await connection.close()
  })

  it('makes the queue of a shared subscription anew when the broker answers nothing for it', async () => {
    const administrating = 2
    let channels = 0
    const asked: string[] = []
    const { answers } = await listening()
    const noted = (arguments_: PayloadReader, method: string): string => {
      arguments_.uint16()
      const name = arguments_.shortstr()
      asked.push(`${method} ${name.replace(/:.*:/, ' ')}`)
      return name
    }
    answers.set(methods.CHANNEL_OPEN, () => {
      channels += 1
      return methodFrame(channels, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0))
    })
    answers.set(methods.QUEUE_DECLARE, (arguments_) => {
      const name = noted(arguments_, 'declare')
      // As RabbitMQ does while the node of the queue is cut off.
      if (name !== 'DLQ' && !asked.some((one) => one.startsWith('delete'))) return undefined
      return methodFrame(administrating, methods.QUEUE_DECLARE_OK, (writer) => {
        writer.shortstr(name)
        writer.uint32(0)
        writer.uint32(0)
      })
    })
    answers.set(methods.QUEUE_DELETE, (arguments_) => {
      noted(arguments_, 'delete')
      return methodFrame(administrating, methods.QUEUE_DELETE_OK, (writer) => writer.uint32(0))
    })
    answers.set(methods.QUEUE_BIND, () => methodFrame(administrating, methods.QUEUE_BIND_OK))
    answers.set(methods.BASIC_QOS, () => methodFrame(channels, methods.BASIC_QOS_OK))
    answers.set(methods.BASIC_CONSUME, () =>
      methodFrame(channels, methods.BASIC_CONSUME_OK, (writer) => writer.shortstr('tag')),
    )
    const connection = await open('', { requestTimeout: 1_000, closeTimeout: 100 })
    const session = await connection.createSession()
    await session.createSharedConsumer(topic('news'), 'readers')
    const subscription = 'polymq readers'
    expect(asked).toEqual(['declare DLQ', ...['declare', 'delete', 'declare'].map((verb) => `${verb} ${subscription}`)])
    await connection.close()
  })

  it('confirms what the broker confirmed: one, several at once, none twice', async () => {
    await listening()
    const connection = await open()
    const settled: string[] = []
    const sends = ['a', 'b', 'c', 'd', 'e'].map((name) =>
      connection.send(topic(name), name).then(
        () => settled.push(name),
        (error: Error) => settled.push(`${name}: ${error.constructor.name}`),
      ),
    )
    const acknowledge = (method: number, tag: number, bits: number) =>
      peer.send(1, method, (writer) => {
        writer.uint64(tag)
        writer.uint8(bits)
      })
    acknowledge(methods.BASIC_ACK, 2, 0)
    acknowledge(methods.BASIC_ACK, 3, 1)
    acknowledge(methods.BASIC_ACK, 3, 1)
    acknowledge(methods.BASIC_NACK, 5, 0)
    acknowledge(methods.BASIC_ACK, 4, 1)
    await Promise.all(sends)
    expect(settled).toEqual(['b', 'a', 'c', 'e: ResourceLimitError', 'd'])
    await connection.close()
  })

  it('refuses the one message that the broker closed the channel over, and sends the others again', async () => {
    await listening()
    const published: string[] = []
    peer.answers.set(methods.BASIC_PUBLISH, (arguments_) => {
      arguments_.uint16()
      const exchange = arguments_.shortstr()
      published.push(arguments_.shortstr())
      if (published.length === 3) {
        return methodFrame(1, methods.CHANNEL_CLOSE, (writer) => {
          writer.uint16(403)
          writer.shortstr(
            `ACCESS_REFUSED - access to topic 'b' in exchange '${exchange}' in vhost '/' refused for user 'guest'`,
          )
          writer.uint32(methods.BASIC_PUBLISH)
        })
      }
      if (published.length < 5) return undefined
      return methodFrame(1, methods.BASIC_ACK, (writer) => {
        writer.uint64(2)
        writer.uint8(1)
      })
    })
    const connection = await open()
    const outcomes = await Promise.allSettled(['a', 'b', 'c'].map((name) => connection.send(topic(name), name)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(AuthorizationError)
    expect(published).toEqual(['a', 'b', 'c', 'a', 'c'])
    await connection.close()
  })

  it('goes on with a consumer when the broker closes its channel twice over a late acknowledgement', async () => {
    const { answers } = await listening()
    answers.set(methods.CHANNEL_OPEN, (_arguments, _peer, channel) =>
      methodFrame(channel, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0)),
    )
    answers.set(methods.BASIC_QOS, (_arguments, _peer, channel) => methodFrame(channel, methods.BASIC_QOS_OK))
    const close = (channel: number): Buffer =>
      methodFrame(channel, methods.CHANNEL_CLOSE, (writer) => {
        writer.uint16(406)
        writer.shortstr(`PRECONDITION_FAILED - delivery acknowledgement on channel ${channel} timed out`)
        writer.uint32(0)
      })
    const consuming: number[] = []
    let consumesAgain = (): void => {}
    const again = new Promise<void>((resolve) => (consumesAgain = resolve))
    answers.set(methods.BASIC_CONSUME, (_arguments, _peer, channel) => {
      consuming.push(channel)
      const ok = methodFrame(channel, methods.BASIC_CONSUME_OK, (writer) => writer.shortstr('tag'))
      if (consuming.length === 1) return ok
      consumesAgain()
      return Buffer.concat([close(consuming[0] ?? 0), ok])
    })
    const connection = await open('', { closeTimeout: 100 })
    const reported: Error[] = []
    connection.on('error', (error) => reported.push(error))
    await (await connection.createSession()).createConsumer(queue('amq.given'))
    const { connections } = peer
    peer.socket?.write(close(consuming[0] ?? 0))
    await soon(again, 'consuming again')
    await (await connection.createSession()).createConsumer(queue('amq.another'))
    expect(reported).toHaveLength(1)
    expect(peer.connections).toBe(connections)
    await connection.close()
  })

  it('says in the time-out of a send that the broker takes nothing for now', async () => {
    await listening()
    peer.answers.set(methods.CONFIRM_SELECT, () => {
      peer.send(0, methods.CONNECTION_BLOCKED, (writer) => writer.shortstr('low on memory'))
      return methodFrame(1, methods.CONFIRM_SELECT_OK)
    })
    const warnings: string[] = []
    const logger = { warn: (text: string) => void warnings.push(text) }
    const connection = await open('', { sendTimeout: 50, logger })
    const error = await failureOf(connection.send(topic('a'), 'a'))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toMatch(/takes no messages for now: low on memory/)
    peer.send(0, methods.CONNECTION_UNBLOCKED)
    await connection.close()
    expect(warnings[0]).toMatch(/takes no messages for now: low on memory/)
  })
})
