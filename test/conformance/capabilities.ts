import { expect, it } from 'vitest'
import { type Feature, queue, UnsupportedFeatureError } from '../../src/index.ts'
import { FEATURES } from '../../src/provider/capabilities.ts'
import type { ProducerInfo, SessionInfo } from '../../src/provider/resources.ts'
import { ASKS } from './asking.ts'
import type { Bench } from './bench.ts'
import { expectLack, expectRefusal, featureTest, sceneOf } from './feature-test.ts'
import { unique } from './waiting.ts'

/** ms for all tests of a feature that is said to be missing. */
const TRIALS = 120_000

export function capabilities(bench: Bench): void {
  it('tells which protocol it speaks, where, and to whom', async () => {
    const { peer } = await bench.connect()
    expect(peer.protocol).toMatch(/^[a-z][a-z0-9]*$/)
    expect(peer.endpoint).toMatch(/^[a-z+]+:/)
    expect(peer.endpoint).not.toMatch(/@|secret/)
    expect(peer.product).toMatch(/\w/)
    expect(() => Object.assign(peer, { protocol: 'other' })).toThrow(TypeError)
  })

  it('says of every feature whether it is native, emulated or unsupported', async () => {
    const { capabilities: table } = await bench.connect()
    expect(Object.keys(table).toSorted()).toEqual([...FEATURES].toSorted())
    for (const support of Object.values(table)) expect(support).toMatch(/^(native|emulated|unsupported)$/)
    expect(() => Object.assign(table, { queues: 'unsupported' })).toThrow(TypeError)
    expect(table.queues === 'unsupported' && table.topics === 'unsupported').toBe(false)
  })

  for (const feature of FEATURES) {
    it(`says the truth of ${feature}`, { timeout: TRIALS }, async () => {
      if (bench.capabilities[feature] !== 'unsupported') {
        await expectAcceptance(bench, feature)
      } else if (ASKS[feature].length > 0) {
        await expectRefusal(bench, feature)
        await expectLack(bench, feature)
      }
    })
  }

  featureTest(
    bench,
    ['queues', 'individualAcknowledge'],
    'counts deliveries where it says so, else tells a redelivery from the first where that is marked',
    async () => {
      const orders = queue(unique('orders'))
      await bench.fill(orders, ['work'])
      const counts: number[] = []
      for (let delivery = 1; delivery <= 3; delivery += 1) {
        const { connection, session } = await bench.sit({ acknowledgeMode: 'individual' })
        counts.push((await bench.next(await session.createConsumer(orders))).deliveryCount)
        await connection.close()
      }
      const { deliveryCount: again } = bench.again
      expect(counts).toEqual(bench.capabilities.deliveryCount === 'unsupported' ? [1, again, again] : [1, 2, 3])
    },
  )

  featureTest(
    bench,
    'queues',
    'stores a message that is sent twice with one id once where it says so, else twice',
    async () => {
      const expected =
        bench.capabilities.duplicateDetection === 'unsupported' ? ['once', 'once', 'end'] : ['once', 'end']
      expect(await sendTwice(bench)).toEqual(expected)
    },
  )
}

/** The calls that ask for a feature are not refused for want of it. */
async function expectAcceptance(bench: Bench, feature: Feature): Promise<void> {
  for (const ask of ASKS[feature]) {
    const { connection, session } = await bench.sit()
    const name = unique('accepted')
    const scene = sceneOf(bench, connection, session, name)
    const needsAnswer = feature === 'replyTo' || feature === 'temporaryQueues'
    if (needsAnswer) await connection.reply(scene.destination, () => 'answer')
    await ask(scene).catch((error: unknown) => {
      // Another feature that the call needs may be missing.
      if (!(error instanceof UnsupportedFeatureError) || error.feature === feature) throw error
    })
    await connection.close()
  }
}

/** As after a failover: the same message of the same producer, with the same id, on another connection. */
async function sendTwice(bench: Bench): Promise<unknown[]> {
  const orders = queue(unique('orders'))
  const origin = unique('connection')
  await sendRaw(bench, orders, origin, 1, 'once')
  await sendRaw(bench, orders, origin, 2, 'once')
  await sendRaw(bench, orders, origin, 3, 'end')
  return bench.remaining(orders)
}

/** @param attempt - which connection it is: the second one sends what the first one has sent */
async function sendRaw(
  bench: Bench,
  destination: ReturnType<typeof queue>,
  origin: string,
  attempt: number,
  body: string,
): Promise<void> {
  const session: SessionInfo = { resource: 'session', id: `${origin}:1`, acknowledgeMode: 'auto' }
  const producer: ProducerInfo = { resource: 'producer', id: `${origin}:2`, session, destination }
  const messageId = `ID:${producer.id}:${attempt < 3 ? 1 : 2}`
  const listener = { message() {}, resourceClosed() {}, connectionLost() {} }
  const provider = await bench.target.openProvider(listener, origin, attempt)
  await provider.create(session)
  await provider.create(producer)
  await provider.send(producer, {
    kind: 'text',
    body,
    messageId,
    correlationId: undefined,
    destination,
    replyTo: undefined,
    type: undefined,
    timestamp: Date.now(),
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
  })
  await provider.close()
}
