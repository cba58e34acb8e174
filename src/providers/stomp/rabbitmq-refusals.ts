import type { Suspicion } from './receipts.ts'

/** ERROR texts about a message that was acknowledged: no send was refused by them. */
const ABOUT_ACKNOWLEDGING =
  /subscription not found|has no subscription|no current subscription|delivery tag|N?ACK must/i

/**
 * RabbitMQ does not say which: the one whose destination it names; else the oldest that would have been answered before
 * the next one was looked at; else the oldest send, unless it was no send that was refused.
 */
export const suspicion: Suspicion = (text, pending) => {
  const all = [...pending]
  const named = all.find(([, { subject }]) => subject.name !== undefined && text.includes(`'${subject.name}'`))
  const suspect = named ?? all.find(([, { deadline }]) => deadline !== undefined)
  return (suspect ?? (ABOUT_ACKNOWLEDGING.test(text) ? undefined : all[0]))?.[0]
}
