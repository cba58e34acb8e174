import type { ForeignMessageReader } from '../../interop/foreign-messages.ts'
import type { Destination, DestinationKind } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import type { Capabilities } from '../../provider/capabilities.ts'
import type { Delivery, Outcome } from '../../provider/provider.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { Frame, StompVersion } from './frame.ts'

/** Headers that are being written. */
export type HeaderList = [name: string, value: string][]

/** A name that the broker has for a destination, and what else has to be said to reach it. */
export interface Address {
  readonly destination: string
  readonly headers: HeaderList
}

/** What one broker means by the headers that STOMP leaves open. */
export interface Dialect {
  readonly product: string | undefined
  readonly version: string | undefined
  readonly capabilities: Capabilities
  /** Whether small packets are held back until the one before is acknowledged; see PromptTransport. */
  readonly holdsBackPackets: boolean
  /** Whether it answers DISCONNECT before it takes back what consumers have not acknowledged. */
  readonly takesBackLate?: boolean
  /** Bytes of a WebSocket message that the broker takes by default; undefined where there is no limit. */
  readonly largestWebSocketMessage?: number
  /** Header that carries the message id. */
  readonly messageIdHeader: string
  /** Header that carries what STOMP has no form for. */
  readonly typesHeader: string
  /** Header that carries a correlation id. */
  correlationIdHeader(correlationId: string): string

  /** Where to send to. @throws InvalidDestinationError for a name that the broker has no form for */
  targetOf(destination: Destination): string
  /** How `reply-to` names it. */
  replyToOf(destination: Destination): string
  /**
   * The destination behind `destination` or `reply-to`; undefined when it is none.
   *
   * @param kind - of what the message was consumed from, for `destination`
   */
  destinationOf(
    text: string,
    headers: ReadonlyMap<string, string>,
    kind?: DestinationKind | undefined,
  ): Destination | undefined

  /** Lines for what each broker has its own header for: expiry, delay, group, timestamp. */
  writeHeaders(message: MessageData, now: number, version: StompVersion, isBytes: boolean): string
  readHeaders(headers: ReadonlyMap<string, string>, now: number): DialectHeaders
  /** Kind and body where the broker tells of them, or has changed them; undefined where {@link isBytes} decides. */
  bodyOf?(frame: Frame): Pick<MessageData, 'kind' | 'body'> | undefined
  /** @throws MessageTooLargeError when the broker would end the connection over what goes before a body */
  checkHead?(head: string, message: MessageData): void
  /** Whether the broker would not bring a text through: as a body it goes as bytes, as a property once more in {@link typesHeader}. */
  garbles?(text: string): boolean
  /** Whether a body without a word about its kind is bytes. */
  isBytes(frame: Frame): boolean
  /**
   * What reads a frame that holds a whole message of another protocol. A promise while something is loaded that the frame
   * takes to be read; undefined once it is there.
   */
  readerOf?(frame: Frame): ForeignMessageReader | Promise<unknown> | undefined
  /** Whether a header is a property of the application. */
  isProperty(name: string): boolean

  /** The headers of SUBSCRIBE, save `id` and `ack`. `window` is the most that may be unacknowledged. */
  sourceOf(consumer: ConsumerInfo, window: number): Address
  /** How much is fetched ahead, and by which subscriptions. */
  windowing(consumer: ConsumerInfo): Windowing
  /** How much of a window a message takes; left out where windows are numbers of messages. */
  sizeOf?(frame: Frame): number
  /** Whether a message is none that its consumer asked for: it is void. */
  isStray?(message: MessageData, consumer: ConsumerInfo): boolean
  /** How an outcome is told. */
  settlement(outcome: Outcome): Settlement
}

/** The subscriptions of a consumer, and their windows in what the broker counts: messages, or bytes. */
export interface Windowing {
  /** One for each subscription that it begins with: the most that may be unacknowledged. */
  readonly first: readonly number[]
  /**
   * The window of one more subscription, for so many messages of that size on average; left out where it would get no other
   * messages.
   */
  readonly further: ((messages: number, size: number) => number) | undefined
  /** Whether messages are acknowledged as the application gets them: the broker keeps none of them anyway. */
  readonly isEarly: boolean
}

/** The window of the prefetch, and further ones as the application holds on to messages. */
export function queueWindowing({ prefetch }: ConsumerInfo): Windowing {
  const size = Math.max(1, prefetch)
  return { first: [size], further: () => size, isEarly: false }
}

/** Headers that brokers name differently. */
export interface DialectHeaders {
  readonly timestamp: number | undefined
  readonly expiration: number | undefined
  readonly deliveryTime: number | undefined
  readonly groupId: string | undefined
  readonly groupSequence: number | undefined
  readonly userId: string | undefined
  /** Where `correlation-id` does not hold it. */
  readonly correlationId: string | undefined
}

/** `none`: nothing is sent, and the message goes back once its subscription ends. */
export type Settlement =
  /** `more` is lines of headers besides that of the id. */
  { readonly command: 'ACK' | 'NACK'; readonly more: string } | { readonly command: 'none' }

/** A delivery, with what acknowledging it takes. */
export interface StompDelivery extends Delivery {
  /** The id for ACK; another one once its subscription has ended. */
  ack: string
  /** The subscription it came over. */
  readonly subscription: string
  /** How much of that subscription's window it takes. */
  readonly size: number
}
