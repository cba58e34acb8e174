/** Numbered messages that are sent without awaiting each one, and consumed in another connection, until it is enough. */

import { type Connection, type ConnectOptions, connect, queue, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Gate, gate, soon } from '../conformance/waiting.ts'

/** What has become of the messages. */
export interface Outcome {
  /** Those that a broker has confirmed. */
  readonly confirmed: readonly number[]
  readonly refused: readonly Error[]
  /** In the order in which they came, with what came twice. */
  readonly received: readonly number[]
}

/** At most 2,000 messages a second, so that a broker is lost with some of them under way. */
const BATCH = 20
const PACE = 10
/** Sends without an answer; as many wait while there is no broker. */
const MOST_UNANSWERED = 1_000

export class Load {
  readonly sender: Connection
  readonly receiver: Connection
  readonly #confirmed: number[] = []
  readonly #refused: Error[] = []
  readonly #received: number[] = []
  /** Confirmed, and not received yet. */
  readonly #outstanding = new Set<number>()
  readonly #seen = new Set<number>()
  readonly #calls = new Set<Promise<void>>()
  readonly #whenConfirmed: { readonly count: number; readonly gate: Gate }[] = []
  readonly #complete = gate()
  #timer: ReturnType<typeof setInterval> | undefined
  #next = 0
  #isOver = false

  /** Resolves when messages flow. */
  static async begin(
    uri: string,
    options: ConnectOptions = {},
    receiverOptions: ConnectOptions = options,
    receiverUri = uri,
  ): Promise<Load> {
    const load = new Load(await connect(uri, options), await connect(receiverUri, receiverOptions))
    await load.#run()
    await load.confirms(200)
    return load
  }

  private constructor(sender: Connection, receiver: Connection) {
    this.sender = sender
    this.receiver = receiver
  }

  /** Resolves when this many more messages are confirmed. */
  async confirms(count: number): Promise<void> {
    const waiting = { count: this.#confirmed.length + count, gate: gate() }
    this.#whenConfirmed.push(waiting)
    await soon(waiting.gate.opened, `the confirmation of ${count} more messages`, 30_000)
  }

  /** Sends no more; resolves when every call has its answer and every confirmed message was received. */
  async finish(): Promise<Outcome> {
    clearInterval(this.#timer)
    await soon(Promise.allSettled(this.#calls), 'the answer to every send', 40_000)
    this.#isOver = true
    this.#check()
    await soon(this.#complete.opened, 'the delivery of every confirmed message', 20_000).catch((error: Error) => {
      throw new Error(`${error.message}: ${this.#outstanding.size} of ${this.#confirmed.length} are missing`)
    })
    return { confirmed: this.#confirmed, refused: this.#refused, received: this.#received }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await Promise.all([this.sender.close(), this.receiver.close()])
  }

  async #run(): Promise<void> {
    const name = uniqueName('failover.load')
    const hasQueues = this.sender.capabilities.queues !== 'unsupported'
    const numbers = hasQueues ? queue<string>(name) : topic<string>(name)
    const producer = await (await this.sender.createSession()).createProducer(numbers)
    const session = await this.receiver.createSession()
    const consumer =
      numbers.kind === 'queue'
        ? await session.createConsumer(numbers, { duplicateWindow: 10_000 })
        : await session.createDurableConsumer(numbers, 'load', { duplicateWindow: 10_000 })
    consumer.listen(({ body }) => this.#receivedOne(Number(body)))
    this.#timer = setInterval(() => {
      for (let count = 0; count < BATCH && this.#calls.size < MOST_UNANSWERED; count += 1) {
        const number = this.#next
        this.#next += 1
        const call = producer.send(String(number)).then(
          () => this.#confirmedOne(number),
          (error: Error) => void this.#refused.push(error),
        )
        this.#calls.add(call)
        void call.then(() => this.#calls.delete(call))
      }
    }, PACE)
  }

  #confirmedOne(number: number): void {
    this.#confirmed.push(number)
    if (!this.#seen.has(number)) this.#outstanding.add(number)
    while ((this.#whenConfirmed[0]?.count ?? Number.POSITIVE_INFINITY) <= this.#confirmed.length) {
      this.#whenConfirmed.shift()?.gate.open()
    }
  }

  #receivedOne(number: number): void {
    this.#received.push(number)
    this.#seen.add(number)
    this.#outstanding.delete(number)
    this.#check()
  }

  #check(): void {
    if (this.#isOver && this.#outstanding.size === 0) this.#complete.open()
  }
}

/** Without what came again. */
export function firstTimes(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)]
}

/** What came again. */
export function secondTimes(numbers: readonly number[]): readonly number[] {
  return numbers.filter((number, index) => numbers.indexOf(number) < index)
}

/** Numbers that stand after a greater one. */
export function outOfOrder(numbers: readonly number[]): readonly number[] {
  let greatest = -1
  return numbers.filter((number) => {
    const isLate = number < greatest
    greatest = Math.max(greatest, number)
    return isLate
  })
}
