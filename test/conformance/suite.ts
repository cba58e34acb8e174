import { describe } from 'vitest'
import { acknowledging } from './acknowledge.ts'
import { backPressure } from './back-pressure.ts'
import { Bench } from './bench.ts'
import { browsing } from './browser.ts'
import { capabilities } from './capabilities.ts'
import { closing } from './closing.ts'
import { consumers } from './consumers.ts'
import { durableSubscriptions } from './durable.ts'
import { errors } from './errors.ts'
import { headers } from './headers.ts'
import { listening } from './listening.ts'
import { messageKinds } from './message-kinds.ts'
import { ordering } from './ordering.ts'
import { properties } from './properties.ts'
import { receiving } from './receiving.ts'
import { recovering } from './recovering.ts'
import { redelivery } from './redelivery.ts'
import { requestReply } from './request-reply.ts'
import { schemas } from './schemas.ts'
import { selectors } from './selectors.ts'
import { sending } from './sending.ts'
import { settling } from './settling.ts'
import { sharedSubscriptions } from './shared.ts'
import type { ConformanceTarget } from './target.ts'
import { temporaryDestinations } from './temporary.ts'
import { timing } from './timing.ts'
import { topics } from './topics.ts'
import { transactions } from './transactions.ts'

const SUBJECTS = {
  capabilities,
  'message kinds': messageKinds,
  headers,
  properties,
  sending,
  receiving,
  listening,
  acknowledging,
  recovering,
  settling,
  redelivery,
  transactions,
  consumers,
  ordering,
  topics,
  'durable subscriptions': durableSubscriptions,
  'shared subscriptions': sharedSubscriptions,
  selectors,
  browsing,
  'temporary destinations': temporaryDestinations,
  'request and reply': requestReply,
  timing,
  'back-pressure': backPressure,
  schemas,
  closing,
  errors,
} satisfies Readonly<Record<string, (bench: Bench) => void>>

export type Subject = keyof typeof SUBJECTS

const ALL = Object.keys(SUBJECTS) as Subject[]

/** Registers the conformance tests of all subjects, or of some, for one provider on one broker. */
export function conformanceSuite(target: ConformanceTarget, subjects: readonly Subject[] = ALL): void {
  describe.skipIf(!target.available)(target.name, () => {
    const bench = new Bench(target)
    for (const subject of subjects) describe(subject, () => SUBJECTS[subject](bench))
  })
}
