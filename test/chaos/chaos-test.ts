import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { anySeed } from './random.ts'
import { complaint, runChaos } from './run-chaos.ts'
import { brokerTarget, type ChaosProtocol, chaosProtocolsOf, type Target } from './targets.ts'

/** ms for which faults go on, where a test does not say otherwise: about one of each kind. */
const SHORT = 12_000

/**
 * Runs on brokers of their own, whose seeds are printed; POLYMQ_CHAOS_SEED gives another one.
 *
 * @param durations - ms, of protocols that have more time than the others
 */
export function chaosTest(name: BrokerName, durations: { readonly [Name in ChaosProtocol]?: number } = {}): void {
  if (injectedBroker(name) === undefined) return

  describe.each(chaosProtocolsOf(name))(`chaos on ${name} over %s`, (protocol) => {
    const duration = durations[protocol] ?? SHORT
    let target: Target

    beforeAll(async () => {
      target = await brokerTarget(name, protocol)
    }, 120_000)
    afterAll(() => target?.close())

    it(
      'loses nothing, hangs nowhere and keeps the order while the broker and the network fail',
      async () => {
        const seed = Number(process.env.POLYMQ_CHAOS_SEED ?? anySeed())
        console.log(`chaos on ${target.name}: seed ${seed}`)
        const result = await runChaos({ target, seed, duration })
        expect(complaint(result, seed)).toBeUndefined()
        expect(result.totals.confirmed).toBeGreaterThan(0)
      },
      duration + 165_000,
    )
  })
}
