import { type Connection, mapMessage, type Producer, queue, type ReceivedMessage, topic } from 'polymq'
import * as z from 'zod'

/** Of each article, before the first sale, and in each delivery. */
const FULL = 100
/** With less of an article, more of it is ordered. */
const LOW = 40

const lineSchema = z.strictObject({
  sale: z.string(),
  line: z.int(),
  article: z.string(),
  quantity: z.int().positive(),
  cents: z.int(),
})
export type Line = z.infer<typeof lineSchema>

/**
 * The stock service: books each line of a sale once, orders what runs out and says what was delivered, and answers the
 * till's questions.
 */
export class StockService {
  /** By sale and line. */
  readonly lines: Map<string, Line> = new Map()
  /** By number: what the till is told, as `100 × article`. */
  readonly deliveries: Map<string, string> = new Map()
  /** How many there are, by article. */
  readonly stock: Map<string, number> = new Map()
  /** Questions for the stock of an article. */
  answered = 0
  /** Lines that came once more. */
  repeated = 0
  readonly #notes: Producer
  readonly #onLine: () => void
  /** Called after each line. */
  readonly #waiting: (() => void)[] = []

  private constructor(notes: Producer, onLine: () => void) {
    this.#notes = notes
    this.#onLine = onLine
  }

  /** @param onLine is called after each line that was booked */
  static async open(connection: Connection, name: string, onLine: () => void): Promise<StockService> {
    const session = await connection.createSession()
    const service = new StockService(await session.createProducer(topic(`${name}.deliveries`)), onLine)
    await connection.consume(queue(`${name}.sales`), (message) => service.#book(message))
    await connection.reply(queue<string>(`${name}.questions`), (question) => service.#answer(question))
    return service
  }

  async #book(message: ReceivedMessage): Promise<void> {
    const reading = lineSchema.safeParse(message.body)
    if (!reading.success) return message.deadLetter(`no line of a sale: ${reading.error.issues[0]?.message}`)
    const { sale, line, article, quantity } = reading.data
    const key = `${sale}/${line}`
    // A till sells again when its broker dies over a sale; and what is not acknowledged by then comes again.
    if (this.lines.has(key)) {
      this.repeated += 1
      return
    }
    this.lines.set(key, reading.data)
    const left = (this.stock.get(article) ?? FULL) - quantity
    this.stock.set(article, left < LOW ? left + FULL : left)
    if (left < LOW) await this.#deliver(article)
    this.#onLine()
    for (const look of this.#waiting) look()
  }

  async #deliver(article: string): Promise<void> {
    const number = `D-${this.deliveries.size + 1}`
    this.deliveries.set(number, `${FULL} × ${article}`)
    await this.#notes.send(mapMessage({ number, article, quantity: FULL }))
  }

  async #answer({ type, body }: ReceivedMessage<string>): Promise<unknown> {
    if (type === 'closing') {
      await this.#until(Number(body))
      return mapMessage({ deliveries: this.deliveries.size })
    }
    this.answered += 1
    return mapMessage({ article: body, stock: this.stock.get(body) ?? FULL })
  }

  /** Resolves when so many lines are booked. */
  #until(lines: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.lines.size >= lines) resolve()
      }
      this.#waiting.push(look)
      look()
    })
  }
}
