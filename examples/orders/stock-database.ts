import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { Answer, Order } from './order.ts'

/** An order as the database keeps it. */
export interface OrderRow {
  readonly orderId: string
  /** Which of the shop's messages it came with. */
  readonly submission: string
  readonly status: Answer['status']
  readonly reason: string | undefined
  readonly sku: string
  readonly quantity: number
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE IF NOT EXISTS stock (sku TEXT PRIMARY KEY, quantity INTEGER NOT NULL CHECK (quantity >= 0)) STRICT;
  CREATE TABLE IF NOT EXISTS orders (
    order_id TEXT PRIMARY KEY, submission TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL,
    status TEXT NOT NULL, reason TEXT) STRICT;
  CREATE TABLE IF NOT EXISTS dead_letters (submission TEXT PRIMARY KEY, reason TEXT NOT NULL) STRICT;
`

/** Stock and orders in SQLite. A message may come twice; what it does here, it does once. */
export class StockDatabase {
  readonly #database: DatabaseSync
  readonly #insertOrder: StatementSync
  readonly #findOrder: StatementSync
  readonly #takeStock: StatementSync
  readonly #findStock: StatementSync
  readonly #setStatus: StatementSync
  readonly #insertDeadLetter: StatementSync
  readonly #countDeadLetters: StatementSync
  /** Messages that came again after their order was in the database. */
  redelivered = 0

  constructor(file: string) {
    const database = new (sqlite().DatabaseSync)(file)
    database.exec(SCHEMA)
    this.#database = database
    this.#insertOrder = database.prepare("INSERT INTO orders VALUES (?, ?, ?, ?, '', NULL) ON CONFLICT DO NOTHING")
    this.#findOrder = database.prepare('SELECT submission, status, reason FROM orders WHERE order_id = ?')
    this.#takeStock = database.prepare('UPDATE stock SET quantity = quantity - ?1 WHERE sku = ?2 AND quantity >= ?1')
    this.#findStock = database.prepare('SELECT quantity FROM stock WHERE sku = ?')
    this.#setStatus = database.prepare('UPDATE orders SET status = ?, reason = ? WHERE order_id = ?')
    this.#insertDeadLetter = database.prepare('INSERT INTO dead_letters VALUES (?, ?) ON CONFLICT DO NOTHING')
    this.#countDeadLetters = database.prepare('SELECT count(*) AS count FROM dead_letters')
  }

  /** Runs the work in one transaction of the database: all of it is kept, or none. */
  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.#database.exec('COMMIT')
      return result
    } catch (error) {
      this.#database.exec('ROLLBACK')
      throw error
    }
  }

  addStock(stock: Readonly<Record<string, number>>): void {
    const insert = this.#database.prepare('INSERT INTO stock VALUES (?, ?)')
    this.transaction(() => {
      for (const [sku, quantity] of Object.entries(stock)) insert.run(sku, quantity)
    })
  }

  /**
   * Takes the goods of an order from the stock. The unique key refuses an order id that is there already: when the
   * same message comes again the first answer is given again, another message's order is a duplicate.
   */
  handle(order: Order, submission: string): Answer {
    const { orderId, sku, quantity } = order
    if (this.#insertOrder.run(orderId, submission, sku, quantity).changes === 0) return this.#earlier(order, submission)
    const answer = this.#takeFromStock(order)
    this.#setStatus.run(answer.status, answer.reason ?? null, orderId)
    return answer
  }

  #earlier({ orderId }: Order, submission: string): Answer {
    const row = this.#findOrder.get(orderId) as unknown as Pick<OrderRow, 'submission' | 'status' | 'reason'>
    if (row.submission !== submission) {
      return { orderId, status: 'rejected', reason: 'there is an order with this id already' }
    }
    this.redelivered += 1
    return { orderId, status: row.status, reason: row.reason ?? undefined }
  }

  #takeFromStock({ orderId, sku, quantity }: Order): Answer {
    if (this.#takeStock.run(quantity, sku).changes === 1) return { orderId, status: 'confirmed' }
    const known = this.#findStock.get(sku) !== undefined
    return known
      ? { orderId, status: 'out of stock', reason: `fewer than ${quantity} of ${sku} left` }
      : { orderId, status: 'rejected', reason: `no product ${sku}` }
  }

  /** Notes that a message was no order. */
  noteDeadLetter(submission: string, reason: string): void {
    if (this.#insertDeadLetter.run(submission, reason).changes === 0) this.redelivered += 1
  }

  deadLetterCount(): number {
    return (this.#countDeadLetters.get() as { count: number }).count
  }

  deadLetters(): string[] {
    const rows = this.#database.prepare('SELECT submission FROM dead_letters').all() as { submission: string }[]
    return rows.map((row) => row.submission)
  }

  orders(): OrderRow[] {
    const columns = 'order_id AS orderId, submission, status, reason, sku, quantity'
    return this.#database.prepare(`SELECT ${columns} FROM orders`).all() as unknown as OrderRow[]
  }

  stock(): Map<string, number> {
    const rows = this.#database.prepare('SELECT sku, quantity FROM stock').all() as { sku: string; quantity: number }[]
    return new Map(rows.map((row) => [row.sku, row.quantity]))
  }

  close(): void {
    this.#database.close()
  }
}

/** Node's SQLite warns that it is experimental when it is loaded first; nobody who runs the example can mend that. */
function sqlite(): typeof import('node:sqlite') {
  const { emitWarning } = process
  process.emitWarning = () => {}
  try {
    return process.getBuiltinModule('node:sqlite')
  } finally {
    process.emitWarning = emitWarning
  }
}
