import { expect, it } from 'vitest'
import { type Connection, type Feature, queue, type Session, topic, UnsupportedFeatureError } from '../../src/index.ts'
import { ASKS, type Scene } from './asking.ts'
import type { Bench } from './bench.ts'
import { failureOf, unique } from './waiting.ts'

/**
 * A test of features. Where the target's table says `native` or `emulated` of all of them, the test runs and must
 * pass; where it says `unsupported` of one, the calls that ask for it must be refused, and do nothing else, which is tried
 * once for all tests of that feature. So a table that claims more than is true fails; `expectLack` is for one that claims
 * less.
 */
export function featureTest(
  bench: Bench,
  features: Feature | readonly Feature[],
  name: string,
  run: () => Promise<void>,
): void {
  const needed = typeof features === 'string' ? [features] : features
  bench.trials.push({ features: needed, run })
  it(name, async () => {
    const missing = needed.find((feature) => bench.capabilities[feature] === 'unsupported')
    if (missing === undefined) {
      await run()
      return
    }
    bench.refusals[missing] ??= expectRefusal(bench, missing)
    await bench.refusals[missing]
  })
}

/** Asks for a feature that the target says it lacks. */
export async function expectRefusal(bench: Bench, feature: Feature): Promise<void> {
  const asks = ASKS[feature]
  expect(asks.length, `${feature} is unsupported, so there must be a call that asks for it`).toBeGreaterThan(0)
  for (const ask of asks) {
    const { connection, session } = await bench.sit()
    const name = unique('refused')
    const error = await failureOf(ask(sceneOf(bench, connection, session, name)))
    expect(error).toBeInstanceOf(UnsupportedFeatureError)
    expect(error).toMatchObject({ code: 'ERR_UNSUPPORTED_FEATURE', feature, protocol: bench.peer.protocol })
    const { peer, alternative, message } = error as UnsupportedFeatureError
    expect(peer).toContain(bench.peer.endpoint)
    expect(alternative).toMatch(/\w+ \w+/)
    expect(message).toContain(alternative)
    await expectUntouched(bench, name)
    await connection.close()
  }
}

/** Destinations of this name for a call that asks for a feature. */
export function sceneOf(bench: Bench, connection: Connection, session: Session, name: string): Scene {
  const destination = bench.capabilities.queues === 'unsupported' ? topic(name) : queue(name)
  return { bench, connection, session, queue: queue(name), topic: topic(name), destination }
}

/**
 * Makes the client believe that the target has a feature after all: at least one test of it must fail then, unless all of them
 * need something else that is missing as well.
 */
export async function expectLack(bench: Bench, feature: Feature): Promise<void> {
  const trials = bench.trials.filter(
    ({ features }) =>
      features.includes(feature) &&
      features.every((other) => other === feature || bench.capabilities[other] !== 'unsupported'),
  )
  const all = bench.trials.filter(({ features }) => features.includes(feature))
  if (trials.length === 0 && all.length > 0) return
  for (const { run } of trials) {
    const failed = await bench.assuming(feature, run).then(
      () => false,
      () => true,
    )
    if (failed) return
  }
  expect.fail(`${bench.target.name} says that it lacks ${feature}, yet passes all ${trials.length} tests of it`)
}

/** The refused call has left nothing behind, and destinations work as before. */
async function expectUntouched(bench: Bench, name: string): Promise<void> {
  const { connection, session } = await bench.sit()
  const destination = bench.capabilities.queues === 'unsupported' ? topic(name) : queue(name)
  const consumer = await session.createConsumer(destination)
  await connection.send(destination, 'after the refusal')
  expect((await bench.next(consumer)).body).toBe('after the refusal')
  await bench.expectNothing(consumer)
  await connection.close()
}
