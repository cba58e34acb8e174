import { MessageTooLargeError } from '../../errors.ts'
import { describeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { utf8Length } from './frame-encoder.ts'

/** Bytes of a header, and number of headers, that ActiveMQ takes; it has no option for either (its StompWireFormat). */
const LONGEST_HEADER = 10_240
const MOST_HEADERS = 1_000

/**
 * Checks what goes before a body: ActiveMQ answers too much of it by ending the connection, and does not say over which
 * message.
 *
 * @throws MessageTooLargeError
 */
export function checkHead(head: string, message: MessageData): void {
  // No character has more than three bytes.
  if (head.length * 3 <= LONGEST_HEADER) return
  const lines = head.split('\n')
  const long = lines.find((line) => line.length * 3 > LONGEST_HEADER && utf8Length(line) > LONGEST_HEADER)
  if (long !== undefined) {
    const [name] = long.split(':', 1)
    throw tooLarge(message, `${utf8Length(long)} bytes in the header ${name}`, LONGEST_HEADER)
  }
  if (lines.length > MOST_HEADERS) throw tooLarge(message, `${lines.length} headers and properties`, MOST_HEADERS)
}

function tooLarge({ destination }: MessageData, what: string, limit: number): MessageTooLargeError {
  const where = destination === undefined ? '' : ` to ${describeDestination(destination)}`
  return new MessageTooLargeError(
    `a message${where} has ${what}, and ActiveMQ takes ${limit} over STOMP; move what is large into the body, or use AMQP`,
  )
}
