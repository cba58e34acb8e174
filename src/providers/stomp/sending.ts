import { type Destination, describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { StompConnection } from './connection.ts'
import { type RequestSubject, tooLarge } from './error-mapping.ts'
import { type OutgoingFrame, utf8Length } from './frame-encoder.ts'
import { encodeMessage, type SendContext } from './mapping.ts'
import type { Topology } from './topology.ts'

/** Sends that wait until their destination is there. */
interface Line {
  readonly ready: Promise<void>
  length: number
}

/** What sends have to do with. */
export interface SendingContext extends SendContext {
  readonly connection: StompConnection
  readonly topology: Topology
  /** Bytes of a SEND frame: over a WebSocket it is one message, and brokers end the connection over a larger one. */
  readonly largestMessage: number | undefined
}

/** The sends of one connection, to each destination in the order of the calls. */
export class Sending {
  readonly #context: SendingContext
  /** By the kind and name of the destination. */
  readonly #lines = new Map<string, Line>()
  #subject: { readonly destination: Destination; readonly subject: RequestSubject } | undefined

  constructor(context: SendingContext) {
    this.#context = context
  }

  /** Settles when the broker has the message, or has refused it. */
  send(message: MessageData, transaction: string | undefined): Promise<void> {
    const { destination } = message
    const line = destination && this.#lineFor(destination)
    if (line === undefined) return this.#sendNow(message, transaction)
    // Its bytes are read before the call returns.
    const kept = message.kind === 'bytes' ? { ...message, body: (message.body as Uint8Array).slice() } : message
    line.length += 1
    const leave = (): void => {
      line.length -= 1
      if (line.length === 0) this.#lines.delete(keyOf(destination as Destination))
    }
    return line.ready.then(
      () => {
        leave()
        return this.#sendNow(kept, transaction)
      },
      (error) => {
        leave()
        throw error
      },
    )
  }

  /** The line to stand in, for as long as the destination is not there, or others stand in it. */
  #lineFor(destination: Destination): Line | undefined {
    const standing = this.#lines.size === 0 ? undefined : this.#lines.get(keyOf(destination))
    if (standing !== undefined) return standing
    const ready = this.#context.topology.prepare?.(destination)
    if (ready === undefined) return undefined
    const line = { ready, length: 0 }
    this.#lines.set(keyOf(destination), line)
    return line
  }

  #sendNow(message: MessageData, transaction: string | undefined): Promise<void> {
    const { connection, largestMessage } = this.#context
    if (!connection.isOpen) return Promise.reject(connection.lossReason)
    const receipt = connection.nextReceipt()
    const frame = encodeMessage(message, this.#context, receipt, transaction, Date.now())
    const subject = this.#subjectOf(message.destination as Destination)
    if (largestMessage !== undefined) this.#checkSize(frame, subject.action, largestMessage)
    return connection.deliver(frame, receipt, subject)
  }

  /** What an error says of sends to a destination; the last one, as most go to where the one before went. */
  #subjectOf(destination: Destination): RequestSubject {
    if (this.#subject?.destination !== destination) {
      const action = `sending to ${describeDestination(destination)}`
      this.#subject = { destination, subject: { action, name: destination.name } }
    }
    return this.#subject.subject
  }

  #checkSize(frame: OutgoingFrame, action: string, limit: number): void {
    // No character has more than three bytes.
    if (frame.length * 3 <= limit) return
    const bytes = typeof frame === 'string' ? utf8Length(frame) : frame.length
    if (bytes > limit) throw tooLarge(action, bytes, limit, this.#context.connection.endpoint)
  }
}

/** A queue and a topic may have the same name. */
function keyOf({ kind, name }: Destination): string {
  return `${kind} ${name}`
}
