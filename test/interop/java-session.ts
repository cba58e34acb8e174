import type { User } from '../brokers/index.ts'
import {
  fieldsOf,
  type JavaBody,
  type JavaFields,
  type JavaReceived,
  type JavaSendOptions,
  type Place,
  receivedOf,
} from './java-message.ts'
import type { JavaPeer } from './java-peer.ts'
import { type Answer, type Fields, fieldOf } from './line.ts'

/** ms for a message to arrive. */
const ARRIVAL = 10_000

export interface JavaSessionOptions {
  readonly mode?: 'auto' | 'client' | 'dups-ok' | 'transacted' | 'individual'
  readonly clientId?: string
  /** The one who may do everything by default. */
  readonly user?: User
  /** Options of the client, as in the query of its URI. */
  readonly settings?: string
}

export interface JavaConsumerOptions {
  readonly selector?: string
  readonly durable?: string
  readonly shared?: string
  readonly sharedDurable?: string
}

/** A session of Java, on a connection of its own. */
export class JavaSession {
  readonly name: string
  readonly #peer: JavaPeer
  #closed = false

  constructor(peer: JavaPeer, name: string) {
    this.#peer = peer
    this.name = name
  }

  /** Gives the message id. */
  async send(to: Place, message: JavaBody & JavaFields, options: JavaSendOptions = {}): Promise<string> {
    const answer = await this.#ask('send', [
      ['to', this.#peer.textOf(to)],
      ...fieldsOf(message, this.#peer),
      ['priority', options.priority],
      ['time-to-live', options.timeToLive],
      ['delivery-mode', options.deliveryMode],
    ])
    return fieldOf(answer, 'message-id')
  }

  async consume(from: Place, options: JavaConsumerOptions = {}): Promise<JavaConsumer> {
    const consumer = this.#peer.name('consumer')
    await this.#ask('consume', [
      ['consumer', consumer],
      ['from', this.#peer.textOf(from)],
      ['selector', options.selector],
      ['durable', options.durable],
      ['shared', options.shared],
      ['shared-durable', options.sharedDurable],
    ])
    return new JavaConsumer(this.#peer, this, consumer)
  }

  /** The message ids of what is in a queue. */
  async browse(from: Place, selector?: string): Promise<string[]> {
    const answer = await this.#ask('browse', [
      ['from', this.#peer.textOf(from)],
      ['selector', selector],
    ])
    return answer.fields.filter(([name]) => name === 'message-id').map(([, id]) => id)
  }

  async createTemporary(kind: 'queue' | 'topic'): Promise<Place> {
    return this.#peer.placeOf(fieldOf(await this.#ask('temporary', [['kind', kind]]), 'destination'))
  }

  async unsubscribe(name: string): Promise<void> {
    await this.#ask('unsubscribe', [['name', name]])
  }

  async commit(): Promise<void> {
    await this.#ask('commit')
  }

  async rollback(): Promise<void> {
    await this.#ask('rollback')
  }

  async recover(): Promise<void> {
    await this.#ask('recover')
  }

  /** Closes the connection too. Twice is fine. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#ask('close')
  }

  /** @internal */
  async answer(consumer: string, message: JavaBody & JavaFields): Promise<Answer> {
    return this.#ask('answer', [['consumer', consumer], ['timeout', ARRIVAL], ...fieldsOf(message, this.#peer)])
  }

  #ask(command: string, fields: Fields = []): Promise<Answer> {
    return this.#peer.ask(command, [['session', this.name], ...fields])
  }
}

export class JavaConsumer {
  readonly #peer: JavaPeer
  readonly #session: JavaSession
  readonly #name: string

  constructor(peer: JavaPeer, session: JavaSession, name: string) {
    this.#peer = peer
    this.#session = session
    this.#name = name
  }

  /** The next message; fails when none comes within `timeout` ms. */
  async receive(timeout: number = ARRIVAL): Promise<JavaReceived> {
    const message = receivedOf(await this.#ask('receive', [['timeout', timeout]]), this.#peer)
    if (message === undefined) throw new Error(`the Java peer has received nothing within ${timeout} ms`)
    return message
  }

  /** What is there now. */
  async receiveNoWait(): Promise<JavaReceived | undefined> {
    return receivedOf(await this.#ask('receive', [['timeout', 0]]), this.#peer)
  }

  /** Receives a request and answers it with its correlation id, else its message id. Gives the request. */
  async answer(message: JavaBody & JavaFields): Promise<JavaReceived> {
    const request = receivedOf(await this.#session.answer(this.#name, message), this.#peer)
    if (request === undefined) throw new Error(`the Java peer was asked nothing within ${ARRIVAL} ms`)
    return request
  }

  async acknowledge(): Promise<void> {
    await this.#ask('acknowledge')
  }

  async close(): Promise<void> {
    await this.#ask('close-consumer')
  }

  #ask(command: string, fields: Fields = []): Promise<Answer> {
    return this.#peer.ask(command, [['consumer', this.#name], ...fields])
  }
}
