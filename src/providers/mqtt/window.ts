import type { Broker } from './broker.ts'
import type { Qos } from './codec/packets.ts'

/** How much may be under way from the broker over one connection. */
export interface Window {
  /** Messages at QoS 1 and 2 that the broker may send before one is acknowledged; undefined for no limit. */
  readonly receiveMaximum: number | undefined
  /** Messages at QoS 2 that may be between PUBREC and PUBREL; the PUBREC of others waits. */
  readonly handshakes: number
}

const LARGEST = 65_535
/** More than a network has under way at once. */
const MOST_HANDSHAKES = 1_000

/** Nothing holds the broker back. */
export const OPEN_WINDOW: Window = { receiveMaximum: undefined, handshakes: MOST_HANDSHAKES }

/** What a window is for. */
export interface WindowUse {
  readonly broker: Broker
  /** Of the subscription. */
  readonly qos: Qos
  /** Whether the session is one that the broker keeps. */
  readonly isKept: boolean
}

/**
 * A window in which an application may have `wanted` messages, and no more come unless the broker needs more room.
 *
 * Artemis counts a message at QoS 2 until its PUBCOMP, and then looks whether another one may go at PUBREC only, when this one
 * may be counted still (MQTTPublishManager.handlePubComp; mended in 2.56): with a window full of released messages nothing
 * comes any more. So the window has room beyond what the application may have for all that are being released, and for as many
 * that a connection before has left.
 */
export function windowFor(wanted: number, { broker, qos, isKept }: WindowUse): Window {
  const least = Math.max(1, wanted)
  if (qos < 2 || !broker.stallsAtRelease) {
    return { receiveMaximum: Math.min(LARGEST, least), handshakes: MOST_HANDSHAKES }
  }
  const handshakes = Math.min(MOST_HANDSHAKES, Math.ceil(least / 2))
  const room = isKept ? 2 * handshakes : handshakes
  return { receiveMaximum: Math.min(LARGEST, least + room), handshakes }
}
