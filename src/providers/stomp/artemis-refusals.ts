import { MessagingError } from '../../errors.ts'
import type { StompConnection } from './connection.ts'
import { mapError, type RequestSubject, type StompErrorFrame } from './error-mapping.ts'
import type { Suspicion } from './receipts.ts'

/** An acknowledgement that fails, for which nobody waits. */
const ACKNOWLEDGEMENT = /^AMQ3390(18|25|26|39)/
/** With it Artemis prints the message that it refuses, whatever is in it, and leaves out why. */
const WITHOUT_REASON = 'AMQ339011'

/** Lets a connection to Artemis know what an ERROR frame is about. */
export function readRefusals(connection: StompConnection): void {
  connection.suspicion = suspicion
  connection.describe = describe
}

/** Of all frames that fail, only SUBSCRIBE is not named by its receipt. */
const suspicion: Suspicion = (text, pending) => {
  if (ACKNOWLEDGEMENT.test(text)) return undefined
  for (const [id, { isSubscribe }] of pending) if (isSubscribe) return id
  return undefined
}

function describe(frame: StompErrorFrame, subject: RequestSubject, endpoint: string): MessagingError {
  if (!frame.message.startsWith(WITHOUT_REASON)) return mapError(frame, subject, endpoint)
  return new MessagingError(
    'ERR_MESSAGING',
    `${subject.action} on ${endpoint} was refused by the broker, which gives no reason over STOMP (${WITHOUT_REASON}): the address is full, or the user may not send to it; the broker's log tells`,
    { cause: frame },
  )
}
