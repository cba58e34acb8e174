import {
  type Connection,
  type Consumer,
  long,
  objectMessage,
  type Producer,
  type ReceivedMessage,
  type Session,
  type TemporaryQueue,
  type Topic,
} from 'polymq'
import {
  type Booking,
  type Copy,
  cents,
  copyOf,
  describe,
  type Invoice,
  invoiceSchema,
  moneyOf,
  type Receipt,
  type Shipment,
} from './messages.ts'

const CARRIERS = ['Müller & Söhne Spedition', 'ヤマト運輸', 'Żwawy Kurier', 'شركة الشحن السريع', 'Bóreas Logística 🚚']
/** Invoices that are worked on at the same time. */
const CONCURRENCY = 50

/** Where logistics gets its invoices from, and sends its shipments to. */
export interface LogisticsTopics {
  readonly invoices: Topic
  readonly shipments: Topic
}

/**
 * The logistics service: for each invoice it announces a shipment, and tells the invoice's `replyTo` that it has it. An
 * invoice is acknowledged when the broker has both.
 */
export class Logistics {
  /** By number, what came and what went. */
  readonly invoices: Map<string, Copy> = new Map()
  readonly shipments: Map<string, Copy> = new Map()
  /** Finance's answers, by number of the shipment. */
  readonly bookings: Map<string, Booking> = new Map()
  /** Messages that came once more. */
  repeated = 0
  readonly #session: Session
  readonly #subscription: string
  readonly #consumer: Consumer
  readonly #producer: Producer
  readonly #shipments: Topic
  readonly #answers: TemporaryQueue

  private constructor(parts: {
    session: Session
    subscription: string
    consumer: Consumer
    producer: Producer
    shipments: Topic
    answers: TemporaryQueue
  }) {
    this.#session = parts.session
    this.#subscription = parts.subscription
    this.#consumer = parts.consumer
    this.#producer = parts.producer
    this.#shipments = parts.shipments
    this.#answers = parts.answers
  }

  /** Once this resolves, no invoice is missed: the subscription is there. */
  static async open(connection: Connection, { invoices, shipments }: LogisticsTopics): Promise<Logistics> {
    const session = await connection.createSession()
    const subscription = `${invoices.name}-logistics`
    const consumer = await session.createSharedDurableConsumer(invoices, subscription)
    const producer = await session.createProducer()
    const answering = await connection.createSession()
    const answers = await answering.createTemporaryQueue()
    const logistics = new Logistics({ session, subscription, consumer, producer, shipments, answers })
    const bookings = await answering.createConsumer(answers)
    bookings.listen((message) => logistics.#note(message))
    consumer.listen((message) => logistics.#ship(message), { concurrency: CONCURRENCY })
    return logistics
  }

  /** Ends the subscription; gives how many invoices were left in it. */
  async close(): Promise<void> {
    await this.#consumer.close()
    await this.#session.unsubscribe(this.#subscription)
  }

  async #ship(message: ReceivedMessage): Promise<void> {
    const reading = invoiceSchema.safeParse(message.body)
    if (!reading.success) return message.deadLetter(`not an invoice: ${reading.error.issues[0]?.message}`)
    const invoice = reading.data
    if (this.invoices.has(invoice.number)) this.repeated += 1
    this.invoices.set(invoice.number, copyOf(message))
    await Promise.all([this.#announce(shipmentOf(invoice), invoice), this.#confirm(invoice, message)])
  }

  async #announce(shipment: Shipment, invoice: Invoice): Promise<void> {
    const correlationId = invoice.number
    const properties = {
      invoicedCents: long(cents(invoice.total)),
      // More than a number of JavaScript holds exactly.
      waybill: 9_007_199_254_740_993n + cents(shipment.freight),
      insured: shipment.parcels % 2 === 0,
      carrier: shipment.carrier,
    }
    const plain = { ...properties, invoicedCents: cents(invoice.total) }
    this.shipments.set(shipment.number, { correlationId, body: shipment, properties: describe(plain) })
    const fields = { correlationId, replyTo: this.#answers, properties }
    await this.#producer.send(this.#shipments, objectMessage(shipment, fields))
  }

  /** Answers whoever sent the invoice, over whichever protocol. */
  async #confirm(invoice: Invoice, { replyTo, correlationId }: ReceivedMessage): Promise<void> {
    if (replyTo === undefined) return
    const total = moneyOf(sumOf(invoice))
    const receipt: Receipt = { invoice: invoice.number, shipment: shipmentNumberOf(invoice), total }
    await this.#producer.send(replyTo, objectMessage(receipt, correlationId === undefined ? {} : { correlationId }))
  }

  #note({ body, correlationId }: ReceivedMessage): void {
    const booking = body as Booking
    if (this.bookings.has(booking.shipment)) this.repeated += 1
    // One that answers another shipment than it says counts for none.
    if (correlationId === booking.shipment) this.bookings.set(booking.shipment, booking)
  }
}

/** Always the same one for an invoice, so that an invoice that comes again changes nothing. */
function shipmentOf(invoice: Invoice): Shipment {
  const parcels = invoice.lines.reduce((sum, { quantity }) => sum + quantity, 0)
  return {
    number: shipmentNumberOf(invoice),
    invoice: invoice.number,
    carrier: CARRIERS[parcels % CARRIERS.length] ?? '',
    pickedUp: invoice.issued,
    parcels,
    freight: moneyOf(BigInt(parcels) * 199n + 1n),
    currency: invoice.currency,
  }
}

function shipmentNumberOf({ number }: Invoice): string {
  return number.replace('INV', 'SHP')
}

/** What the lines make: finance's total has to be the same. */
function sumOf({ lines }: Invoice): bigint {
  return lines.reduce((sum, { quantity, price }) => sum + BigInt(quantity) * cents(price), 0n)
}
