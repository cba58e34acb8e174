import type { Suspicion } from './receipts.ts'

/** An acknowledgement that fails, for which nobody waits. */
const ACKNOWLEDGEMENT = /^AMQ3390(18|25|26|39)/

/** Of all frames that fail on Artemis, only SUBSCRIBE is not named by its receipt. */
export const suspicion: Suspicion = (text, pending) => {
  if (ACKNOWLEDGEMENT.test(text)) return undefined
  for (const [id, { isSubscribe }] of pending) if (isSubscribe) return id
  return undefined
}
