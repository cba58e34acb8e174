import { isTopic } from '../../message/destination.ts'
import type { ConsumerInfo } from '../../provider/resources.ts'
import type { Windowing } from './dialect.ts'
import type { Frame } from './frame.ts'

/**
 * Artemis counts bytes where other brokers count messages: it sends as long as a subscription has any credit, takes the
 * size of each frame off it, and gives it back with the ACK. One byte of credit is one message at a time, so a few
 * subscriptions of one byte each have exactly so many messages.
 */

/** Bytes that no MESSAGE frame is smaller than: its headers alone take more. */
const SMALLEST_FRAME = 256
/** Up to this prefetch there is a subscription for each message. */
const MOST_SINGLES = 8
/** Bytes for each message of the prefetch on a topic, of which there is only one subscription. */
const TOPIC_SHARE = 1_024
const LEAST_OF_TOPIC = 1_048_576
/** A credit is an int of Java. */
const MOST_BYTES = 2 ** 31 - 1

/**
 * The subscriptions of a consumer. A large prefetch is a number of bytes: at first those of small messages, with a further
 * subscription once it turns out that they are larger. A topic keeps nothing for a subscription without a name, so what it has
 * sent need not wait until the application acknowledges it.
 */
export function artemisWindowing(consumer: ConsumerInfo): Windowing {
  const { destination, subscription, prefetch, session } = consumer
  const mode = session.acknowledgeMode
  const isHeld = mode === 'client' || mode === 'individual' || mode === 'transacted'
  // Each subscription to a topic would have every message.
  if (isTopic(destination) && subscription === undefined) {
    const size = Math.max(LEAST_OF_TOPIC, prefetch * TOPIC_SHARE)
    return { first: [size], further: undefined, isEarly: isHeld }
  }
  if (prefetch <= MOST_SINGLES) {
    const first = Array(Math.max(1, prefetch)).fill(1)
    return { first, further: () => 1, isEarly: false }
  }
  return { first: [bytesFor(prefetch, SMALLEST_FRAME)], further: bytesFor, isEarly: false }
}

/** Bytes of credit that so many messages of a size fit into, and no more: the last one begins with what is left. */
function bytesFor(messages: number, size: number): number {
  return Math.min(MOST_BYTES, (messages - 1) * Math.round(size) + 1)
}

/** What the broker takes a frame for, or more: too much only means that a further subscription is opened early. */
export function sizeOfFrame({ headers, body }: Frame): number {
  let size = SMALLEST_FRAME >> 2
  for (const [name, value] of headers) size += encodedLength(name) + encodedLength(value) + 2
  return size + body.length
}

/** UTF-8 takes up to three bytes for a character of a string, an escape two. */
function encodedLength(text: string): number {
  return /[^ -9;-[\]-~]/.test(text) ? text.length * 3 : text.length
}
