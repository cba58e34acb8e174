import { InvalidClientIdError } from '../../errors.ts'
import type { MqttConnection } from './connection.ts'

/** ms that a connection lasts which another one has not taken over at once. */
const BRIEF = 10_000
/** Brief connections in a row after which it is no broker that starts, but two clients with one id. */
const MOST_BRIEF = 5
/** A process that has more of them forgets. */
const MOST_REMEMBERED = 1_000

/** How many connections in a row with a client id at an endpoint were ended by the broker at once. */
const brief = new Map<string, number>()

/**
 * In MQTT 3.1.1 a broker that lets another connection take a client id over ends the first one without a word. That one would
 * come back and end the other, and so on for ever: after a few times one of them gives up.
 *
 * @returns `loss`, or the error to give up with
 */
export function lossOf(connection: MqttConnection, clientId: string | undefined, age: number, loss: Error): Error {
  if (connection.level === 5 || clientId === undefined) return loss
  const key = `${connection.endpoint} ${clientId}`
  if (age >= BRIEF || !connection.wasEndedByPeer) {
    brief.delete(key)
    return loss
  }
  const count = (brief.get(key) ?? 0) + 1
  if (brief.size >= MOST_REMEMBERED) brief.clear()
  brief.set(key, count)
  if (count < MOST_BRIEF) return loss
  brief.delete(key)
  return new InvalidClientIdError(
    `${connection.endpoint} has ended ${count} connections in a row with the client id ${JSON.stringify(clientId)} soon after they began, as it does when another connection comes with the same one; give each its own`,
    { cause: loss },
  )
}
