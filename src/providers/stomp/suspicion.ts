import type { Suspicion } from './receipts.ts'

/**
 * For brokers that do not say which request an ERROR is about: the one whose destination it names; else the oldest that would
 * have been answered before the next one was looked at; else the oldest send, unless it was no send that was refused.
 *
 * @param aboutAcknowledging - texts about a message that was acknowledged: no send was refused by them
 */
export function suspicionUnless(aboutAcknowledging: RegExp): Suspicion {
  return (text, pending) => {
    const all = [...pending]
    const suspect =
      all.find(([, { subject }]) => subject.name !== undefined && text.includes(`'${subject.name}'`)) ??
      all.find(([, { deadline }]) => deadline !== undefined) ??
      (aboutAcknowledging.test(text) ? undefined : all[0])
    return suspect?.[0]
  }
}
