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
import { encoded } from './ids.ts'
import { copyMessage, encodeMessage, type Sender } from './mapping-encode.ts'
import type { OpenTransaction } from './transactions.ts'

/** A producer at the broker. */
interface OpenProducer {
  readonly id: Uint8Array
  /** What the ids of its messages begin with, as the client gives them. */
  readonly prefix: string
  /** For messages with other ids, or without: one of this connection alone, as the broker takes no number twice of one that it has met before. */
  other: OtherProducer | undefined
}

interface OtherProducer {
  readonly id: Uint8Array
  last: number
}

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
  readonly #producers = new Map<string, OpenProducer>()
  #subject: { readonly destination: Destination; readonly subject: RequestSubject } | undefined

  constructor(connection: OpenWireConnection, endpoint: Endpoint, profile: BrokerProfile) {
    this.#profile = profile
    this.#connection = connection
    this.#endpoint = endpoint
  }

  /** Creates a producer at the broker, which may refuse its destination. */
  async create(info: ProducerInfo): Promise<void> {
    const { ids } = this.#connection
    const id = ids.producer(info)
    const { destination } = info
    await this.#connection.request(
      {
        type: TYPE.PRODUCER_INFO,
        producerId: id,
        destination: destination === undefined ? null : wireDestination(destination),
      },
      { action: `creating a producer${destination === undefined ? '' : ` for ${describeDestination(destination)}`}` },
    )
    this.#producers.set(info.id, { id: encoded(id), prefix: `ID:${info.id}:`, other: undefined })
  }

  async destroy(info: ProducerInfo): Promise<void> {
    if (!this.#producers.delete(info.id)) return
    const objectId = this.#connection.ids.producer(info)
    await this.#connection.request({ type: TYPE.REMOVE_INFO, objectId }, { action: 'closing a producer' })
  }

  /**
   * Settles when the broker has the message, or has refused it. A blocked producer holds up nobody else: the broker answers
   * later (Queue.send, messagesWaitingForSpace).
   */
  send(
    info: ProducerInfo,
    message: MessageData,
    transactionId: Uint8Array | undefined,
    redeliveryCounter = 0,
  ): Promise<void> {
    const connection = this.#connection
    if (!connection.isOpen) return Promise.reject(connection.lossReason)
    const commandId = connection.nextCommand()
    const isConfirmed = !this.#endpoint.useAsyncSend
    const subject = this.#subjectOf(message.destination as Destination)
    const sender = this.#senderOf(info, message.messageId, commandId, isConfirmed, transactionId, redeliveryCounter)
    const { writer } = connection
    encodeMessage(writer, message, sender, this.#endpoint.useCompression, Date.now())
    try {
      connection.checkSize(subject)
    } catch (error) {
      writer.rollBack()
      throw error
    }
    connection.write(writer.finish())
    return isConfirmed ? connection.confirmation(commandId, subject) : DONE
  }

  #senderOf(
    info: ProducerInfo,
    messageId: string | undefined,
    commandId: number,
    responseRequired: boolean,
    transactionId: Uint8Array | undefined,
    redeliveryCounter: number,
  ): Sender {
    const producer = this.#producers.get(info.id) ?? this.#unannounced(info)
    const head = { commandId, responseRequired, transactionId, redeliveryCounter }
    const sequence = messageId?.startsWith(producer.prefix) ? Number(messageId.slice(producer.prefix.length)) : 0
    if (Number.isSafeInteger(sequence) && sequence > 0) {
      return { ...head, producerId: producer.id, idProducer: producer.id, sequence, textView: undefined }
    }
    const other = this.#otherOf(info, producer)
    other.last += 1
    const textView = this.#profile.takesAnyId ? messageId : undefined
    return { ...head, producerId: other.id, idProducer: other.id, sequence: other.last, textView }
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
    const other = this.#otherOf(info, this.#producers.get(info.id) ?? this.#unannounced(info))
    other.last += 1
    const commandId = connection.nextCommand()
    const subject = { action: `giving a message back to ${describeDestination(again.destination)}` }
    copyMessage(writer, source, again.destination, {
      ...{ commandId, responseRequired: true, transactionId: transaction.enlist() },
      ...{ producerId: other.id, idProducer: other.id, sequence: other.last },
      ...{ textView: again.messageId, redeliveryCounter: again.redeliveryCounter },
    })
    connection.write(writer.finish())
    return connection.answer(commandId, subject) as Promise<void>
  }

  #otherOf(info: ProducerInfo, producer: OpenProducer): OtherProducer {
    producer.other ??= { id: this.#announceOther(info), last: 0 }
    return producer.other
  }

  /** One that nobody has created. */
  #unannounced(info: ProducerInfo): OpenProducer {
    const { ids } = this.#connection
    this.#connection.send({ type: TYPE.SESSION_INFO, sessionId: ids.session(info.session) })
    const producerId = ids.producer(info)
    this.#connection.send({ type: TYPE.PRODUCER_INFO, producerId })
    const producer: OpenProducer = { id: encoded(producerId), prefix: `ID:${info.id}:`, other: undefined }
    this.#producers.set(info.id, producer)
    return producer
  }

  #announceOther(info: ProducerInfo): Uint8Array {
    lastOther = Math.max(lastOther + 1, Date.now() * 1_000)
    const producerId = this.#connection.ids.producer(info, lastOther)
    this.#connection.send({ type: TYPE.PRODUCER_INFO, producerId })
    return encoded(producerId)
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

/** No two producers have the same, also not those of connections that took this one's place. */
let lastOther = 0
