import type { HistoryRecord, Outcome } from './history.ts'

/** A message that was to be sent. */
export interface Sent {
  readonly id: string
  readonly number: number
  readonly producer: string
  readonly transaction: string | undefined
  readonly from: number
  /** When the call ended. */
  to: number
  /** Undefined while it is pending. */
  outcome: Outcome | undefined
}

export interface Delivered {
  readonly at: number
  readonly consumer: Consumer
  readonly redelivered: boolean
  readonly transaction: string | undefined
  /** When the application was through with it. */
  handled: number | undefined
}

export interface Producer {
  readonly connection: string
  readonly destination: string
}

export interface Consumer {
  readonly name: string
  readonly connection: string
  readonly group: Group
}

/** All that one group of consumers was given. */
export interface Group {
  readonly name: string
  readonly destination: string
  /** A subscription, when it is a topic. */
  readonly kind: 'queue' | 'topic'
  consumers: number
  /** By the message. */
  readonly deliveries: Map<string, Delivered[]>
}

export interface Call {
  readonly at: number
  readonly name: string
  readonly actor: string
  readonly message: string | undefined
  readonly transaction: string | undefined
}

export interface FaultSpan {
  readonly kind: string
  readonly from: number
  to: number
}

type ConsumerRecord = Extract<HistoryRecord, { readonly type: 'consumer' }>

/** A history, by what it is about. */
export class Facts {
  /** The broker's name. */
  target = ''
  readonly producers = new Map<string, Producer>()
  readonly consumers = new Map<string, Consumer>()
  readonly groups = new Map<string, Group>()
  readonly sent = new Map<string, Sent>()
  /** How each transaction ended, which is not in here while it is open. */
  readonly transactions = new Map<string, Outcome>()
  readonly faults = new Map<number, FaultSpan>()
  /** When each connection was interrupted, in order. */
  readonly interruptions = new Map<string, number[]>()
  /** Calls that have not ended. */
  readonly pending = new Map<number, Call>()
  /** Calls that ended as they must not, and errors that connections reported. */
  readonly failures: string[] = []
  readonly #open = new Map<number, Delivered>()

  constructor(records: Iterable<HistoryRecord>) {
    for (const record of records) this.#add(record)
  }

  #add(record: HistoryRecord): void {
    const { at } = record
    switch (record.type) {
      case 'run':
        this.target = record.target
        break
      case 'producer':
        this.producers.set(record.producer, record)
        break
      case 'consumer':
        this.#addConsumer(record)
        break
      case 'fault': {
        const begun = this.faults.get(record.fault)
        if (begun !== undefined) begun.to = at
        else this.faults.set(record.fault, { kind: record.kind, from: at, to: Number.POSITIVE_INFINITY })
        break
      }
      case 'interrupted':
        this.interruptions.set(record.connection, [...(this.interruptions.get(record.connection) ?? []), at])
        break
      case 'error':
        this.failures.push(`connection ${record.connection} reported at ${at} ms: ${record.error}`)
        break
      case 'call': {
        const { call, name, actor, message, transaction } = record
        this.pending.set(call, { at, name, actor, message, transaction })
        if (message !== undefined) this.#addSent(message, transaction, at)
        break
      }
      case 'outcome':
        this.#end(record.call, record.outcome, at, record.error)
        break
      case 'delivered':
        this.#addDelivery(record)
        break
      case 'handled': {
        const delivery = this.#open.get(record.delivery)
        if (delivery !== undefined) delivery.handled = at
        this.#open.delete(record.delivery)
        break
      }
    }
  }

  #addConsumer({ consumer: name, connection, destination, kind, group: groupName }: ConsumerRecord): void {
    const group = this.groups.get(groupName) ?? {
      name: groupName,
      destination,
      kind,
      consumers: 0,
      deliveries: new Map(),
    }
    group.consumers += 1
    this.groups.set(groupName, group)
    this.consumers.set(name, { name, connection, group })
  }

  #addSent(id: string, transaction: string | undefined, at: number): void {
    const { producer, number } = messageNumber(id)
    this.sent.set(id, { id, number, producer, transaction, from: at, to: Number.POSITIVE_INFINITY, outcome: undefined })
  }

  #end(id: number, outcome: Outcome, at: number, error: string | undefined): void {
    const call = this.pending.get(id)
    if (call === undefined) return
    this.pending.delete(id)
    const sent = call.message === undefined ? undefined : this.sent.get(call.message)
    if (sent !== undefined) {
      sent.to = at
      sent.outcome = outcome
    } else if (call.transaction !== undefined) {
      // A rollback that is done leaves the transaction as a refused commit does.
      this.transactions.set(call.transaction, call.name === 'rollback' && outcome === 'done' ? 'refused' : outcome)
    }
    if (outcome === 'failed') {
      this.failures.push(`${describeCall(call)} failed at ${at} ms: ${error ?? 'no reason given'}`)
    }
  }

  #addDelivery(record: HistoryRecord & { type: 'delivered' }): void {
    const consumer = this.consumers.get(record.consumer)
    if (consumer === undefined) return
    const { at, redelivered, transaction } = record
    const delivery: Delivered = { at, consumer, redelivered, transaction, handled: undefined }
    if (transaction === undefined) this.#open.set(record.delivery, delivery)
    const { deliveries } = consumer.group
    const earlier = deliveries.get(record.message)
    if (earlier === undefined) deliveries.set(record.message, [delivery])
    else earlier.push(delivery)
  }
}

export function describeCall({ name, actor, message, transaction, at }: Call): string {
  return `${name}(${message ?? transaction ?? ''}) of ${actor}, called at ${at} ms,`
}

export function messageNumber(id: string): { readonly producer: string; readonly number: number } {
  const slash = id.lastIndexOf('/')
  return { producer: id.slice(0, slash), number: Number(id.slice(slash + 1)) }
}
