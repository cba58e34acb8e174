import type { HeartBeatPeriods } from '../../transport/heart-beats.ts'

/**
 * What both sides want (STOMP 1.2, "Heart-beating").
 *
 * @param own - ms between our heart-beats, and between those of the broker at most
 * @param announced - the `heart-beat` header of CONNECTED
 */
export function negotiate(own: number, announced: string | undefined): HeartBeatPeriods {
  const [sends = 0, wants = 0] = /^\d{1,9},\d{1,9}$/.test(announced ?? '')
    ? (announced ?? '').split(',').map(Number)
    : []
  if (own === 0) return { outgoing: wants, incoming: 0 }
  return { outgoing: wants === 0 ? 0 : Math.max(own, wants), incoming: sends === 0 ? 0 : Math.max(own, sends) }
}

/** RabbitMQ, and most proxies, close a WebSocket over which nothing has come for a minute, Artemis a connection with STOMP 1.0; ms. */
const LONGEST_SILENCE = 50_000

/** Something is sent often enough, also when the broker does not ask for it: over a WebSocket, and in STOMP 1.0, which cannot ask. */
export function keepAlive({ outgoing, incoming }: HeartBeatPeriods): HeartBeatPeriods {
  return { outgoing: outgoing === 0 ? LONGEST_SILENCE : Math.min(outgoing, LONGEST_SILENCE), incoming }
}
