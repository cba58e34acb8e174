import { afterAll, beforeAll, expect, it } from 'vitest'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { anySeed } from './random.ts'
import { complaint, runChaos } from './run-chaos.ts'
import { brokerTarget, type Target } from './targets.ts'

/** A run of some seconds on a broker of its own, whose seed is printed; POLYMQ_CHAOS_SEED gives another one. */
export function chaosTest(name: BrokerName): void {
  if (injectedBroker(name) === undefined) return
  let target: Target

  beforeAll(async () => {
    target = await brokerTarget(name)
  }, 120_000)
  afterAll(() => target?.close())

  it(`${name}: nothing is lost, hangs or comes in another order while the broker and the network fail`, async () => {
    const seed = Number(process.env.POLYMQ_CHAOS_SEED ?? anySeed())
    console.log(`chaos on ${name}: seed ${seed}`)
    const result = await runChaos({ target, seed, duration: 15_000 })
    expect(complaint(result, seed)).toBeUndefined()
    expect(result.totals.confirmed).toBeGreaterThan(0)
  }, 180_000)
}
