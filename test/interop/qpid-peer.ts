import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Destination } from '../../src/index.ts'
import type { Broker } from '../brokers/index.ts'

/** Drives `QpidPeer.java`, which says what the lines between the two mean. */

const program = fileURLToPath(new URL('QpidPeer.java', import.meta.url))
const jars = fileURLToPath(new URL('../brokers/.cache/qpid-jms', import.meta.url))

/** ms for a message to arrive. */
const ARRIVAL = 10_000
/** ms for any answer of the program, its start and the arrival of a message included. */
const ANSWER = 20_000
/** Characters of its standard error that an error shows. */
const SHOWN = 4_000

/** A value with its Java type: `int:1`, `string:text`, `bytes:00ff`, `null:` … */
export type Typed =
  `${'boolean' | 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | 'char' | 'string' | 'bytes' | 'null'}:${string}`

export type JavaBody =
  | { readonly class: 'TextMessage' | 'BytesMessage' | 'ObjectMessage'; readonly body: Typed }
  | { readonly class: 'MapMessage'; readonly body: Readonly<Record<string, Typed>> }
  | { readonly class: 'StreamMessage'; readonly body: readonly Typed[] }
  | { readonly class: 'Message' }

export interface JavaFields {
  readonly correlationId?: string
  readonly type?: string
  readonly replyTo?: Place
  readonly properties?: Readonly<Record<string, Typed>>
}

export interface JavaSendOptions {
  readonly priority?: number
  readonly timeToLive?: number
  readonly deliveryMode?: 'persistent' | 'non-persistent'
}

export type JavaReceived = JavaBody &
  JavaFields & {
    readonly properties: Readonly<Record<string, Typed>>
    readonly messageId: string
    readonly destination: Place
    /** ms since the epoch. */
    readonly timestamp: number
    /** ms since the epoch; 0 for never. */
    readonly expiration: number
    readonly priority: number
    readonly deliveryMode: string
    readonly redelivered: boolean
  }

/** A destination as polymq has it, without the methods of temporary ones. */
export type Place = Pick<Destination, 'kind' | 'name'>

export interface JavaSessionOptions {
  readonly mode?: 'auto' | 'client' | 'transacted'
  readonly clientId?: string
  /** Options of Qpid JMS, as in the query of its URI. */
  readonly settings?: string
}

export interface JavaConsumerOptions {
  readonly selector?: string
  readonly durable?: string
  readonly shared?: string
  readonly sharedDurable?: string
}

type Fields = readonly (readonly [name: string, value: string | number | boolean | undefined])[]

interface Answer {
  readonly word: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

interface Asked {
  readonly command: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** One Java process, for one broker. */
export class QpidPeer implements AsyncDisposable {
  readonly #broker: Broker
  readonly #process: ChildProcessWithoutNullStreams
  readonly #ended: Promise<void>
  /** In the order of the answers. */
  readonly #asked: Asked[] = []
  readonly #sessions: JavaSession[] = []
  #errors = ''
  #counter = 0

  constructor(broker: Broker) {
    if (!existsSync(jars)) throw new Error(`there is no ${jars}; run test/brokers/setup.sh`)
    this.#broker = broker
    this.#process = spawn('java', ['-XX:TieredStopAtLevel=1', '-cp', `${jars}/*`, program])
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-SHOWN)
    })
    this.#process.stdin.on('error', () => {})
    createInterface(this.#process.stdout).on('line', (line) => this.#answered(parse(line)))
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        for (const asked of this.#asked.splice(0)) this.#refuse(asked, how)
        resolve()
      }
      this.#process.on('error', (error) => end(`could not run java: ${error.message}`))
      this.#process.on('close', (status, signal) => end(`ended with ${signal ?? status}`))
    })
  }

  /** A connection of its own, started, with one session. */
  async open({ mode = 'auto', clientId, settings = '' }: JavaSessionOptions = {}): Promise<JavaSession> {
    const session = new JavaSession(this, this.name('session'))
    const { host, username, password } = this.#broker
    await this.ask('open', [
      ['session', session.name],
      ['uri', `amqp://${host}:${this.#broker.port('amqp')}?${settings}`],
      ['user', username],
      ['password', password],
      ['mode', mode],
      ['client-id', clientId],
    ])
    this.#sessions.push(session)
    return session
  }

  /** Closes all sessions, as after a test. */
  async closeSessions(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), ANSWER)
    this.#process.stdin.end()
    await this.#ended
    clearTimeout(timer)
  }

  /** @internal */
  name(purpose: string): string {
    this.#counter += 1
    return `${purpose}-${this.#counter}`
  }

  /** @internal */
  ask(command: string, fields: Fields): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#process.kill('SIGKILL'), ANSWER)
      const asked = { command, resolve, reject, timer }
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        this.#refuse(asked, 'has ended before')
        return
      }
      this.#asked.push(asked)
      this.#process.stdin.write(`${format(command, fields)}\n`)
    })
  }

  /** @internal How Java names a destination: a kind and the broker's address of it. */
  textOf({ kind, name }: Place): string {
    if (this.#broker.name !== 'rabbitmq' || name.startsWith('/')) return `${kind}:${name}`
    const path = kind.endsWith('queue') ? '/queues/' : '/exchanges/amq.topic/'
    return `${kind}:${path}${encodeURIComponent(name)}`
  }

  /** @internal */
  placeOf(text: string): Place {
    const [kind, name] = split(text, ':') as [Destination['kind'], string]
    const path = /^\/(?:queues|exchanges\/amq\.topic)\/(.*)$/.exec(name)
    return { kind, name: path === null ? name : decodeURIComponent(path[1] as string) }
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.shift()
    if (asked === undefined) return
    if (answer.word === 'error') return this.#refuse(asked, `failed: ${fieldOf(answer, 'message')}`)
    clearTimeout(asked.timer)
    asked.resolve(answer)
  }

  #refuse({ command, reject, timer }: Asked, how: string): void {
    clearTimeout(timer)
    reject(new Error(`${command} of the Java peer on ${this.#broker.name} ${how}\n${this.#errors}`))
  }
}

/** A session of Java, on a connection of its own. */
export class JavaSession {
  readonly name: string
  readonly #peer: QpidPeer
  #closed = false

  constructor(peer: QpidPeer, name: string) {
    this.#peer = peer
    this.name = name
  }

  /** Gives the message id. */
  async send(to: Place, message: JavaBody & JavaFields, options: JavaSendOptions = {}): Promise<string> {
    const answer = await this.#ask('send', [
      ['to', this.#peer.textOf(to)],
      ...this.#fieldsOf(message),
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
    return this.#ask('answer', [['consumer', consumer], ['timeout', ARRIVAL], ...this.#fieldsOf(message)])
  }

  #ask(command: string, fields: Fields = []): Promise<Answer> {
    return this.#peer.ask(command, [['session', this.name], ...fields])
  }

  #fieldsOf(message: JavaBody & JavaFields): Fields {
    return [
      ['class', message.class],
      ...bodyFieldsOf(message),
      ...Object.entries(message.properties ?? {}).map(([name, value]) => [`property.${name}`, value] as const),
      ['correlation-id', message.correlationId],
      ['type', message.type],
      ['reply-to', message.replyTo && this.#peer.textOf(message.replyTo)],
    ]
  }
}

export class JavaConsumer {
  readonly #peer: QpidPeer
  readonly #session: JavaSession
  readonly #name: string

  constructor(peer: QpidPeer, session: JavaSession, name: string) {
    this.#peer = peer
    this.#session = session
    this.#name = name
  }

  /** The next message; fails when none comes. */
  async receive(): Promise<JavaReceived> {
    const message = this.#received(await this.#ask('receive', [['timeout', ARRIVAL]]))
    if (message === undefined) throw new Error(`the Java peer has received nothing within ${ARRIVAL} ms`)
    return message
  }

  /** What is there now. */
  async receiveNoWait(): Promise<JavaReceived | undefined> {
    return this.#received(await this.#ask('receive', [['timeout', 0]]))
  }

  /** Receives a request and answers it with its correlation id, else its message id. Gives the request. */
  async answer(message: JavaBody & JavaFields): Promise<JavaReceived> {
    const request = this.#received(await this.#session.answer(this.#name, message))
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

  #received(answer: Answer): JavaReceived | undefined {
    if (answer.word === 'nothing') return undefined
    const one = (name: string) => fieldOf(answer, name)
    const optional = (name: string) => answer.fields.find(([field]) => field === name)?.[1]
    const [correlationId, type, replyTo] = [optional('correlation-id'), optional('type'), optional('reply-to')]
    return {
      ...bodyOf(answer),
      ...(correlationId !== undefined && { correlationId }),
      ...(type !== undefined && { type }),
      ...(replyTo !== undefined && { replyTo: this.#peer.placeOf(replyTo) }),
      properties: under(answer, 'property.'),
      messageId: one('message-id'),
      destination: this.#peer.placeOf(one('destination')),
      timestamp: Number(one('timestamp')),
      expiration: Number(one('expiration')),
      priority: Number(one('priority')),
      deliveryMode: one('delivery-mode'),
      redelivered: one('redelivered') === 'true',
    }
  }
}

function bodyFieldsOf(message: JavaBody): Fields {
  switch (message.class) {
    case 'Message':
      return []
    case 'MapMessage':
      return Object.entries(message.body).map(([name, value]) => [`body.${name}`, value])
    case 'StreamMessage':
      return message.body.map((value) => ['body', value])
    default:
      return [['body', message.body]]
  }
}

function bodyOf(answer: Answer): JavaBody {
  const kind = fieldOf(answer, 'class') as JavaBody['class']
  const values = answer.fields.filter(([name]) => name === 'body').map(([, value]) => value as Typed)
  switch (kind) {
    case 'Message':
      return { class: kind }
    case 'MapMessage':
      return { class: kind, body: under(answer, 'body.') }
    case 'StreamMessage':
      return { class: kind, body: values }
    default:
      return { class: kind, body: values[0] as Typed }
  }
}

function under(answer: Answer, prefix: string): Record<string, Typed> {
  const found = answer.fields.filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value as Typed]))
}

function fieldOf(answer: Answer, name: string): string {
  const field = answer.fields.find(([field]) => field === name)
  if (field === undefined) throw new Error(`the answer of the Java peer has no ${name}`)
  return field[1]
}

function format(command: string, fields: Fields): string {
  const words = fields.filter(([, value]) => value !== undefined).map((field) => field.map(encode).join('='))
  return [command, ...words].join(' ')
}

function encode(text: unknown): string {
  return encodeURIComponent(String(text))
}

function parse(line: string): Answer {
  const [word = '', ...words] = line.split(' ')
  return { word, fields: words.map((field) => split(field, '=').map(decodeURIComponent) as [string, string]) }
}

/** The text before and after the first separator. */
function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}
