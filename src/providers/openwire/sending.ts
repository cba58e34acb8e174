import { type Destination, describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { DONE } from '../../provider/provider.ts'
import type { ProducerInfo } from '../../provider/resources.ts'
import { encodedDestination, wireDestination } from './addresses.ts'
import type { BrokerProfile } from './broker-profile.ts'
import type { IncomingMessage } from './codec/incoming.ts'
import { TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import type { RequestSubject } from './error-mapping.ts'
import { copyMessage, encodeMessage, type Sender } from './mapping-encode.ts'
import { ProducerWindow } from './producer-window.ts'
import type { OpenTransaction } from './transactions.ts'
import { WireProducer } from './wire-producer.ts'

/** What is new of a message that is sent again. */
export interface SentAgain {
  readonly destination: Destination
  readonly messageId: string | undefined
  readonly redeliveryCounter: number
}

/** The sends of one connection. */
export class Sending {
  readonly #connection: OpenWireConnection
  readonly #endpoint: Endpoint
  readonly #profile: BrokerProfile
  readonly #producers = new Map<string, WireProducer>()
  readonly #windows = new WeakMap<Uint8Array, ProducerWindow>()
  #window: { readonly producerId: Uint8Array; readonly window: ProducerWindow } | undefined
  #subject: { readonly destination: Destination; readonly subject: RequestSubject } | undefined

  constructor(connection: OpenWireConnection, endpoint: Endpoint, profile: BrokerProfile) {
    this.#profile = profile
    this.#connection = connection
    this.#endpoint = endpoint
  }

  /** Creates a producer at the broker, which may refuse its destination. */
  async create(info: ProducerInfo): Promise<void> {
    const producer = new WireProducer(this.#connection, info)
    const { destination } = info
    await this.#connection.request(
      {
        type: TYPE.PRODUCER_INFO,
        producerId: producer.structure,
        destination: destination === undefined ? null : wireDestination(destination),
      },
      { action: `creating a producer${destination === undefined ? '' : ` for ${describeDestination(destination)}`}` },
    )
    this.#producers.set(info.id, producer)
  }

  async destroy(info: ProducerInfo): Promise<void> {
    const producer = this.#producers.get(info.id)
    if (producer === undefined) return
    this.#producers.delete(info.id)
    producer.forget()
    const objectId = producer.structure
    await this.#connection.request({ type: TYPE.REMOVE_INFO, objectId }, { action: 'closing a producer' })
  }

  /**
   * Settles when the broker has the message, or has refused it. A blocked producer holds up nobody else: the broker answers
   * later (Queue.send, messagesWaitingForSpace).
   */
  send(info: ProducerInfo, message: MessageData, transactionId: Uint8Array | undefined): Promise<void> {
    const connection = this.#connection
    if (!connection.isOpen) return Promise.reject(connection.lossReason)
    const commandId = connection.nextCommand()
    const isConfirmed = !this.#endpoint.useAsyncSend
    const subject = this.#subjectOf(message.destination as Destination)
    const sender = this.#senderOf(info, message, { commandId, responseRequired: isConfirmed, transactionId })
    const { writer } = connection
    encodeMessage(writer, message, sender, this.#endpoint.useCompression, Date.now())
    try {
      connection.checkSize(subject)
    } catch (error) {
      writer.rollBack()
      throw error
    }
    const frame = writer.finish()
    if (!isConfirmed) {
      connection.write(frame)
      return DONE
    }
    const { length } = frame
    const window = this.#windowOf(sender.producerId)
    const confirmed = connection.confirmation(commandId, subject, window, length)
    window.write(frame)
    return confirmed
  }

  /** The window of what is one producer at the broker: the one before, as most sends are by whoever has sent before. */
  #windowOf(producerId: Uint8Array): ProducerWindow {
    if (this.#window?.producerId === producerId) return this.#window.window
    let window = this.#windows.get(producerId)
    if (window === undefined) {
      window = new ProducerWindow((frame) => this.#connection.write(frame))
      this.#windows.set(producerId, window)
    }
    this.#window = { producerId, window }
    return window
  }

  #senderOf(
    info: ProducerInfo,
    { messageId, destination }: MessageData,
    command: Pick<Sender, 'commandId' | 'responseRequired' | 'transactionId'>,
  ): Sender {
    const producer = this.#producers.get(info.id) ?? this.#unannounced(info)
    const number = messageId?.startsWith(producer.prefix) ? Number(messageId.slice(producer.prefix.length)) : 0
    if (Number.isSafeInteger(number) && number > 0) {
      const id = producer.idFor(destination as Destination)
      return { ...command, producerId: id, idProducer: id, sequence: number, textView: undefined, redeliveryCounter: 0 }
    }
    const { id, sequence } = producer.next()
    const textView = this.#profile.takesAnyId ? messageId : undefined
    return { ...command, producerId: id, idProducer: id, sequence, textView, redeliveryCounter: 0 }
  }

  /** Sends what came once more, to a queue, in a transaction in which it is taken from there. */
  sendAgain(
    info: ProducerInfo,
    source: IncomingMessage,
    again: SentAgain,
    transaction: OpenTransaction,
  ): Promise<void> {
    const connection = this.#connection
    const { writer } = connection
    const { id, sequence } = (this.#producers.get(info.id) ?? this.#unannounced(info)).next()
    const commandId = connection.nextCommand()
    const subject = { action: `giving a message back to ${describeDestination(again.destination)}` }
    copyMessage(writer, source, again.destination, {
      ...{ commandId, responseRequired: true, transactionId: transaction.enlist() },
      ...{ producerId: id, idProducer: id, sequence },
      ...{ textView: again.messageId, redeliveryCounter: again.redeliveryCounter },
    })
    connection.write(writer.finish())
    return connection.answer(commandId, subject) as Promise<void>
  }

  /** One that nobody has created. */
  #unannounced(info: ProducerInfo): WireProducer {
    const producer = new WireProducer(this.#connection, info)
    this.#connection.send({ type: TYPE.SESSION_INFO, sessionId: this.#connection.ids.session(info.session) })
    this.#connection.send({ type: TYPE.PRODUCER_INFO, producerId: producer.structure })
    this.#producers.set(info.id, producer)
    return producer
  }

  /** What an error says of sends to a destination; the last one, as most go to where the one before went. */
  #subjectOf(destination: Destination): RequestSubject {
    if (this.#subject?.destination !== destination) {
      // Names that have no form on the wire are found out before anything is written.
      encodedDestination(destination)
      this.#subject = { destination, subject: { action: `sending to ${describeDestination(destination)}` } }
    }
    return this.#subject.subject
  }
}
