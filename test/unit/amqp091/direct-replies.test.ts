import { Buffer } from 'node:buffer'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Connection,
  ConnectionLostError,
  connect,
  InvalidDestinationError,
  InvalidOptionError,
  MessageTooLargeError,
  queue,
  textMessage,
  topic,
} from '../../../src/index.ts'
import * as methods from '../../../src/providers/amqp091/codec/methods.ts'
import * as flag from '../../../src/providers/amqp091/codec/properties.ts'
import { FrameWriter, methodFrame } from '../../../src/providers/amqp091/codec/writer.ts'
import { failureOf } from '../../conformance/waiting.ts'
import { finished, ScriptedPeer } from './support.ts'

/** What is sent goes over it, the first one that is opened. */
const PUBLISHING = 1
const DIRECT_REPLY_TO = 'amq.rabbitmq.reply-to'

let peer: ScriptedPeer
let connection: Connection
/** What came, in its order: `consume`, `cancel`, or the routing key of a message. */
let came: string[]
/** How each message is answered, in the order in which they come; confirmed where that is left out. */
let refusals: (string | undefined)[]
let isConsumingRefused = false

beforeEach(async () => {
  came = []
  refusals = []
  isConsumingRefused = false
  peer = await ScriptedPeer.listen()
  let confirmed = 0
  peer.answers.set(methods.CHANNEL_OPEN, () => {
    confirmed = 0
    return methodFrame(PUBLISHING, methods.CHANNEL_OPEN_OK, (writer) => writer.uint32(0))
  })
  peer.answers.set(methods.BASIC_CONSUME, (arguments_) => {
    arguments_.uint16()
    const name = arguments_.shortstr()
    const tag = arguments_.shortstr()
    came.push(`consume ${name} ${arguments_.uint8()}`)
    if (isConsumingRefused) return closing(404, `NOT_FOUND - no queue '${name}' in vhost '/'`, methods.BASIC_CONSUME)
    return methodFrame(PUBLISHING, methods.BASIC_CONSUME_OK, (writer) => writer.shortstr(tag))
  })
  peer.answers.set(methods.BASIC_CANCEL, (arguments_) => {
    const tag = arguments_.shortstr()
    came.push('cancel')
    return methodFrame(PUBLISHING, methods.BASIC_CANCEL_OK, (writer) => writer.shortstr(tag))
  })
  peer.answers.set(methods.BASIC_PUBLISH, (arguments_) => {
    arguments_.uint16()
    arguments_.shortstr()
    came.push(arguments_.shortstr())
    const refusal = refusals.shift()
    if (refusal === 'unconfirmed') return undefined
    if (refusal !== undefined) return closing(406, refusal, methods.BASIC_PUBLISH)
    confirmed += 1
    return methodFrame(PUBLISHING, methods.BASIC_ACK, (writer) => {
      writer.uint64(confirmed)
      writer.uint8(1)
    })
  })
  connection = await connect(`${peer.uri}?amqp.version=0-9-1`, {
    failover: false,
    closeTimeout: 100,
    rabbitmq: { directReplyTo: true },
  })
})

afterEach(async () => {
  await connection.close()
  peer.close()
})

describe('a direct reply over AMQP 0-9-1', () => {
  it('comes by the channel of the request, which is not acknowledged', async () => {
    const { answered } = answerTo('stock')
    expect(await answered).toBe('12')
    await connection.close()
    expect(came).toEqual([`consume ${DIRECT_REPLY_TO} 2`, 'stock', 'cancel'])
  })

  it('is read when AMQP 1.0 encoded it', async () => {
    expect(await answerTo('stock', 1, 'amqp-1.0').answered).toBe('12')
  })

  it('is waited for on the next channel before anything goes out on that, and asked for again', async () => {
    const { answered, asked } = answerTo('stock', 2)
    await asked
    const told = new Promise<Error>((resolve) => connection.once('error', resolve))
    const size = 7
    refusals = ['unconfirmed', `PRECONDITION_FAILED - message size ${size} is larger than configured max size 1`]
    const outcomes = await Promise.allSettled([
      connection.send(topic('before'), 'x'),
      connection.send(topic('large'), 'x'.repeat(size)),
    ])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect((outcomes[1] as PromiseRejectedResult).reason).toBeInstanceOf(MessageTooLargeError)
    expect((await told).message).toMatch(/over a message that it refused: .*message size 7.*are asked again/)
    expect(await answered).toBe('12')
    const consume = `consume ${DIRECT_REPLY_TO} 2`
    expect(came).toEqual([consume, 'stock', 'before', 'large', consume, 'before', 'stock'])
  })

  it('is an error that names the option where the broker has none, and no message is refused for it', async () => {
    isConsumingRefused = true
    refusals = ['unconfirmed']
    const sent = connection.send(topic('innocent'), 'x')
    const error = await failureOf(connection.request(topic('stock'), 'A-100'))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option: 'rabbitmq.directReplyTo' })
    expect((error as Error).message).toMatch(/has no direct reply-to.*NOT_FOUND.*leave the option/)
    await sent
    expect(came).toEqual(['innocent', `consume ${DIRECT_REPLY_TO} 2`, 'innocent'])
  })

  it('fails its request when the next channel has none, and the connection goes on', async () => {
    const { answered, asked } = answerTo('stock', 2)
    const failure = failureOf(answered)
    await asked
    isConsumingRefused = true
    refusals = ['PRECONDITION_FAILED - message size 1 is larger than configured max size 0']
    await failureOf(connection.send(topic('large'), 'x'))
    expect(await failure).toBeInstanceOf(InvalidOptionError)
    await connection.send(topic('next'), 'x')
    isConsumingRefused = false
    expect(await answerTo('stock').answered).toBe('12')
  })

  it('is refused to a message that asks for it by hand, and to no other', async () => {
    refusals = ['unconfirmed', 'PRECONDITION_FAILED - fast reply consumer does not exist']
    const before = connection.send(topic('before'), 'x')
    const replyTo = queue(DIRECT_REPLY_TO)
    const error = await failureOf(connection.send(topic('asks'), textMessage('x', { replyTo })))
    expect(error).toBeInstanceOf(InvalidDestinationError)
    expect((error as Error).message).toMatch(/sending to topic asks.*let request\(\) ask/)
    await before
    expect(came).toEqual(['before', 'asks', 'before'])
  })

  it('is not waited for any more when the connection is lost', async () => {
    const { answered, asked } = answerTo('stock', 2)
    const failure = failureOf(answered)
    await asked
    peer.socket?.destroy()
    expect(await failure).toBeInstanceOf(ConnectionLostError)
  })
})

/** Asks, and has the peer answer once it was asked so many times. */
function answerTo(
  name: string,
  times = 1,
  form: Form = 'text/plain',
): { readonly answered: Promise<unknown>; readonly asked: Promise<void> } {
  const correlationId = crypto.randomUUID()
  const publish = peer.answers.get(methods.BASIC_PUBLISH)
  let count = 0
  const asked = new Promise<void>((resolve) => {
    peer.answers.set(methods.BASIC_PUBLISH, (arguments_, self, channel) => {
      const confirmation = publish?.(arguments_, self, channel)
      if (came.at(-1) !== name) return confirmation
      count += 1
      resolve()
      if (confirmation === undefined || count < times) return confirmation
      return Buffer.concat([confirmation, answer(correlationId, form)])
    })
  })
  const answered = connection.request(topic(name), textMessage('A-100', { correlationId })).then(({ body }) => body)
  return { answered, asked }
}

/** What a body is written as. */
type Form = 'text/plain' | 'amqp-1.0'

/** The frames of an answer `12`. */
function answer(correlationId: string, form: Form): Buffer {
  // AMQP 1.0 §3.2.8, §1.6.20: a value that is a string.
  const bytes = Buffer.from(form === 'amqp-1.0' ? '\x00\x53\x77\xa1\x0212' : '12', 'latin1')
  const writer = new FrameWriter()
  writer.begin()
  const method = writer.beginFrame(methods.FRAME_METHOD, PUBLISHING)
  writer.uint32(methods.BASIC_DELIVER)
  writer.shortstr('tag')
  writer.uint64(1)
  writer.uint8(0)
  writer.shortstr('')
  writer.shortstr(`${DIRECT_REPLY_TO}.g1h2AA==`)
  writer.endFrame(method)
  const header = writer.beginFrame(methods.FRAME_HEADER, PUBLISHING)
  writer.uint16(methods.BASIC_CLASS)
  writer.uint16(0)
  writer.uint64(bytes.length)
  writer.uint16(flag.CONTENT_TYPE | flag.CORRELATION_ID | flag.TYPE)
  writer.shortstr('text/plain')
  writer.shortstr(correlationId)
  writer.shortstr(form)
  writer.endFrame(header)
  const body = writer.beginFrame(methods.FRAME_BODY, PUBLISHING)
  writer.raw(bytes)
  writer.endFrame(body)
  return finished(writer)
}

function closing(code: number, text: string, method: number): Buffer {
  return methodFrame(PUBLISHING, methods.CHANNEL_CLOSE, (writer) => {
    writer.uint16(code)
    writer.shortstr(text)
    writer.uint32(method)
  })
}
