import { expect, it } from 'vitest'
import { anySeed } from '../../chaos/random.ts'
import { complaint, runChaos } from '../../chaos/run-chaos.ts'
import { embeddedTarget } from '../../chaos/targets.ts'

it('the embedded broker: nothing is lost, hangs or comes in another order while connections are dropped', async () => {
  const seed = Number(process.env.POLYMQ_CHAOS_SEED ?? anySeed())
  console.log(`chaos on the embedded broker: seed ${seed}`)
  const target = embeddedTarget()
  const result = await runChaos({ target, seed, duration: 3_000 })
  await target.close()
  expect(complaint(result, seed)).toBeUndefined()
  expect(result.totals.confirmed).toBeGreaterThan(0)
}, 60_000)
