import { AbortedError, ConnectionLostError, TimeoutError } from '../../errors.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import type { Frame } from './frame.ts'

const MANAGEMENT = 'activemq.management'
const SUBSCRIPTION = 'polymq-management'
const SUBJECT = { action: 'asking for queues and topics', name: MANAGEMENT }
/** ms for an answer; the broker gives it at once. */
const PATIENCE = 5_000

const decoder = new TextDecoder()

/** Asks the broker about itself, which takes the permission `manage` on its management address. */
export class ArtemisManagement {
  readonly #connection: StompConnection
  readonly #answers = `polymq.management.${crypto.randomUUID()}`
  #asked = 0
  /** Questions are asked one after the other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: StompConnection) {
    this.#connection = connection
  }

  /**
   * Whether the broker answers this user. If not, it has ended the connection over the question.
   *
   * @throws ConnectionLostError, AbortedError when the connection ends otherwise
   * @throws TimeoutError when the broker does not react
   */
  async begin(): Promise<boolean> {
    try {
      await this.#subscribe()
      const version = await this.#ask('broker', ['_AMQ_Attribute', 'version'])
      return version !== undefined
    } catch (error) {
      const isRefusal = ![ConnectionLostError, AbortedError, TimeoutError].some((other) => error instanceof other)
      if (isRefusal) return false
      throw error
    }
  }

  /** `ANYCAST` and `MULTICAST`, as far as the address has queues and topics; empty when there is no such address. */
  async routingTypesOf(address: string): Promise<readonly string[]> {
    const types = await this.#ask(`address.${address}`, ['_AMQ_Attribute', 'routingTypesAsJSON'])
    return Array.isArray(types) ? types.map(String) : []
  }

  /** What an operation of the broker answers. */
  invoke(operation: string, ...values: readonly unknown[]): Promise<unknown> {
    return this.#ask('broker', ['_AMQ_OperationName', operation], JSON.stringify(values))
  }

  /** The answer; undefined when there is none. */
  #ask(resource: string, question: HeaderList[number], body = ''): Promise<unknown> {
    const answer = this.#last.then(() => this.#askNow([['_AMQ_ResourceName', resource], question], body))
    this.#last = answer.catch(() => {})
    return answer
  }

  async #askNow(question: HeaderList, body: string): Promise<unknown> {
    this.#asked += 1
    const id = String(this.#asked)
    // The broker may send an answer once more, or late.
    const isAnswer = ({ headers }: Frame): boolean => headers.get('correlation-id') === id
    const [frame] = await Promise.all([
      within(this.#connection.nextMessage(SUBSCRIPTION, SUBJECT, isAnswer)),
      this.#connection.request(
        'SEND',
        [
          ['destination', MANAGEMENT],
          ['reply-to', this.#answers],
          ['correlation-id', id],
          ['persistent', 'false'],
          ...question,
        ],
        SUBJECT,
        body,
      ),
    ])
    return resultOf(frame)
  }

  #subscribe(): Promise<void> {
    return this.#connection.subscribe(
      SUBSCRIPTION,
      [
        ['destination', this.#answers],
        ['subscription-type', 'MULTICAST'],
        ['ack', 'auto'],
        ['consumer-window-size', '-1'],
      ],
      SUBJECT,
    )
  }
}

async function within(answer: Promise<Frame>): Promise<Frame | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, PATIENCE, undefined)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The result is the only entry of a JSON array, and most of them are text that is JSON again. */
function resultOf(frame: Frame | undefined): unknown {
  if (frame?.headers.get('_AMQ_OperationSucceeded') !== 'true') return undefined
  const result = parsed(decoder.decode(frame.body))
  const [value] = Array.isArray(result) ? result : []
  return typeof value === 'string' ? (parsed(value) ?? value) : value
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
