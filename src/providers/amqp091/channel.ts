import { Buffer } from 'node:buffer'
import type { MessagingError } from '../../errors.ts'
import * as methods from './codec/methods.ts'
import { AmqpProtocolError } from './codec/protocol-error.ts'
import { PayloadReader } from './codec/reader.ts'
import { type FrameWriter, methodFrame, writeMethod } from './codec/writer.ts'
import type { AmqpConnection } from './connection.ts'
import { mapReply } from './error-mapping.ts'
import type { Publish } from './mapping.ts'
import { AmqpReplyError } from './reply.ts'

/** A message as it comes in; its parts are views of what came from the network, and stand there only until they were handed on. */
export interface Content {
  /** Arguments of the method that it came with. */
  readonly method: PayloadReader
  /** Flags and values of its properties. */
  readonly properties: PayloadReader
  readonly body: Buffer
}

/** What happens on a channel without having been asked for. */
export interface ChannelListener {
  delivered?(content: Content): void
  returned?(content: Content): void
  confirmed?(tag: number, isMultiple: boolean, isTaken: boolean): void
  /** The broker has ended a consumer of this tag. */
  cancelled?(tag: string): void
  /** The broker has closed the channel, or the connection is gone; what was asked for on it is rejected already. */
  closed(reply: AmqpReplyError | undefined, error: MessagingError): void
}

/** A request that the broker has not answered. */
interface Call {
  readonly answer: number
  readonly action: string
  readonly resolve: (arguments_: PayloadReader) => void
  readonly reject: (error: Error) => void
}

const EMPTY: Buffer = Buffer.alloc(0)
/** Of a message whose header has not come. */
const NONE: PayloadReader = new PayloadReader(EMPTY)

/** The same, to be read at any time. */
export function kept({ method, properties, body }: Content): Content {
  return { method: method.kept(), properties: properties.kept(), body: Buffer.from(body) }
}

/** A message whose frames are still coming; what is handed on in the end is this one. */
class Incoming implements Content {
  readonly kind: number
  method: PayloadReader
  properties = NONE
  body: Buffer = EMPTY
  size = 0
  received = 0
  /** Where the body comes in several frames. */
  chunks: Buffer[] | undefined

  constructor(kind: number, method: PayloadReader) {
    this.kind = kind
    this.method = method
  }

  /** What stands in this memory is copied. */
  leave(memory: ArrayBufferLike): void {
    if (this.method.bytes.buffer === memory) this.method = this.method.kept()
    if (this.properties.bytes.buffer === memory) this.properties = this.properties.kept()
    const { chunks = [] } = this
    for (let index = chunks.length - 1; chunks[index]?.buffer === memory; index -= 1)
      chunks[index] = Buffer.from(chunks[index] ?? EMPTY)
  }
}

/**
 * A channel. The broker answers its requests in their order, and closes it over what it refuses: then it is gone, with
 * all that was asked for on it, and the connection lives.
 */
export class Channel {
  readonly number: number
  readonly #connection: AmqpConnection
  readonly #listener: ChannelListener
  readonly #calls: Call[] = []
  #incoming: Incoming | undefined
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closed: (() => void) | undefined

  constructor(connection: AmqpConnection, number: number, listener: ChannelListener) {
    this.#connection = connection
    this.number = number
    this.#listener = listener
  }

  get isOpen(): boolean {
    return this.#state === 'open'
  }

  get endpoint(): string {
    return this.#connection.endpoint
  }

  /** Sends a method and waits for its answer; `action` says what it is about, as the beginning of a sentence. */
  call(method: number, answer: number, action: string, write?: (writer: FrameWriter) => void): Promise<PayloadReader> {
    if (this.#state !== 'open') return Promise.reject(this.#connection.lossReason)
    return new Promise((resolve, reject) => {
      this.#calls.push({ answer, action, resolve, reject })
      this.#connection.write(methodFrame(this.number, method, write))
    })
  }

  /** Sends a method that nobody answers. */
  send(method: number, write: (writer: FrameWriter) => void): void {
    if (this.#state !== 'open') return
    const { writer } = this.#connection
    const start = writeMethod(writer, this.number, method, write)
    this.#connection.write(writer.bytes, start, writer.offset)
  }

  /** Sends the frames of a message. */
  write({ slab, start, end }: Publish): void {
    if (this.#state === 'open') this.#connection.write(slab.bytes, start, end)
  }

  /** Closes it in order: the broker has looked at all that was sent on it. Never rejects. */
  async close(): Promise<void> {
    if (this.#state !== 'open') return
    const closed = this.call(methods.CHANNEL_CLOSE, methods.CHANNEL_CLOSE_OK, 'closing a channel', (writer) => {
      writer.uint16(200)
      writer.shortstr('')
      writer.uint32(0)
    }).catch(() => {})
    this.#state = 'closing'
    const gone = new Promise<void>((resolve) => {
      this.#closed = resolve
    })
    await Promise.race([closed, gone])
    this.#state = 'closed'
    this.#connection.forget(this)
  }

  // --- what comes in ---------------------------------------------------------------------------------------------

  /** A method for this channel. @throws AmqpProtocolError for one that makes no sense here */
  method(id: number, arguments_: PayloadReader): void {
    switch (id) {
      case methods.BASIC_DELIVER:
      case methods.BASIC_RETURN:
        this.#incoming = new Incoming(id, arguments_)
        return
      case methods.BASIC_ACK:
        this.#listener.confirmed?.(tagOf(arguments_), arguments_.uint8() !== 0, true)
        return
      case methods.BASIC_NACK:
        this.#listener.confirmed?.(tagOf(arguments_), (arguments_.uint8() & 1) !== 0, false)
        return
      case methods.BASIC_CANCEL:
        this.#listener.cancelled?.(arguments_.shortstr())
        return
      case methods.CHANNEL_FLOW: {
        const active = arguments_.uint8()
        this.send(methods.CHANNEL_FLOW_OK, (writer) => writer.uint8(active))
        return
      }
      case methods.CHANNEL_CLOSE:
        this.#closedBy(new AmqpReplyError(arguments_.uint16(), arguments_.shortstr(), arguments_.uint32()))
        return
      default:
        this.#answered(id, arguments_)
    }
  }

  /** A content header: how large the body is, and the properties (AMQP 0-9-1 §4.2.6.1). */
  header(reader: PayloadReader): void {
    const incoming = this.#incoming
    if (incoming === undefined || incoming.properties !== NONE) throw unexpected('header')
    if (reader.uint16() !== methods.BASIC_CLASS) throw new AmqpProtocolError('a content of an unknown class came')
    reader.uint16()
    const size = Number(reader.int64())
    if (size < 0 || size > this.#connection.largestMessage) {
      throw new AmqpProtocolError(
        `a message of ${size} bytes came, and ${this.#connection.largestMessage} are taken; raise amqp.maxMessageSize`,
      )
    }
    incoming.properties = reader
    incoming.size = size
    if (size === 0) this.#complete(incoming, EMPTY)
  }

  body(payload: Buffer): void {
    const incoming = this.#incoming
    if (incoming === undefined || incoming.properties === NONE) throw unexpected('body')
    incoming.received += payload.length
    if (incoming.received > incoming.size) throw new AmqpProtocolError('a body is longer than its header said')
    if (incoming.received === payload.length && incoming.received === incoming.size) {
      this.#complete(incoming, payload)
      return
    }
    incoming.chunks ??= []
    incoming.chunks.push(payload)
    if (incoming.received < incoming.size) return
    this.#complete(incoming, Buffer.concat(incoming.chunks, incoming.size))
  }

  /** Something else is about to be read into this memory. */
  leave(memory: ArrayBufferLike): void {
    this.#incoming?.leave(memory)
  }

  #complete(incoming: Incoming, body: Buffer): void {
    this.#incoming = undefined
    incoming.chunks = undefined
    incoming.body = body
    if (incoming.kind === methods.BASIC_DELIVER) this.#listener.delivered?.(incoming)
    else this.#listener.returned?.(incoming)
  }

  /** RabbitMQ answers in the order of the requests, save that a queue answers basic.consume in its own time. */
  #answered(id: number, arguments_: PayloadReader): void {
    const call = this.#calls.find(({ answer }) => answer === id)
    if (call === undefined) throw new AmqpProtocolError(`the method ${id >>> 16}.${id & 0xffff} answers nothing`)
    this.#calls.splice(this.#calls.indexOf(call), 1)
    // Whoever waits for it reads it later.
    call.resolve(arguments_.kept())
  }

  #closedBy(reply: AmqpReplyError): void {
    this.#connection.write(methodFrame(this.number, methods.CHANNEL_CLOSE_OK))
    this.#connection.forget(this)
    const action = this.#calls[0]?.action ?? 'a channel'
    this.#end(reply, mapReply(reply, action, this.endpoint))
  }

  /** The connection is gone. */
  abandon(error: MessagingError): void {
    this.#end(undefined, error)
  }

  #end(reply: AmqpReplyError | undefined, error: MessagingError): void {
    if (this.#state === 'closed') return
    const wasOpen = this.#state === 'open'
    this.#state = 'closed'
    this.#incoming = undefined
    for (const call of this.#calls.splice(0)) call.reject(error)
    this.#closed?.()
    if (wasOpen) this.#listener.closed(reply, error)
  }
}

/** Tags count up from 1 on each channel: they never get larger than a number holds. */
export function tagOf(arguments_: PayloadReader): number {
  return Number(arguments_.int64())
}

function unexpected(what: string): AmqpProtocolError {
  return new AmqpProtocolError(`a content ${what} came that belongs to no message`)
}
