import { expect } from 'vitest'
import { ConnectionLostError, MessagingError, queue, TimeoutError } from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { collect, gate, numbered, soon, unique } from './waiting.ts'

/** Codes of the errors by which a sender learns that a queue is full. */
const REFUSALS = {
  refuses: ['ERR_RESOURCE_LIMIT', 'ERR_TIMEOUT'],
  'refuses without a reason': ['ERR_MESSAGING'],
  'ends the connection': ['ERR_CONNECTION_LOST'],
} as const

export function backPressure(bench: Bench): void {
  // Artemis keeps what takes more than 100 KiB on disk, and two bytes for a character.
  const large = Math.min(45_000, bench.target.largestBody)

  featureTest(
    bench,
    'queues',
    'tells the sender when a queue is full, and keeps exactly what it confirmed',
    async () => {
      const { whenFull, patience } = bench.target
      // Where the connection ends, a few more have to end until the send is given up.
      const sendTimeout = whenFull === 'ends the connection' ? patience : 300
      const connection = await bench.connectLimited({ sendTimeout })
      const orders = queue(`limited.${unique('orders')}`)
      const producer = await (await connection.createSession()).createProducer(orders)
      const outcomes: unknown[] = []
      // Full after a megabyte or so.
      for (const body of numbered(40)) {
        const outcome = await producer.send(body.padEnd(large, '.')).then(
          () => body,
          (error: unknown) => error,
        )
        outcomes.push(outcome)
        if (typeof outcome !== 'string') break
      }
      const refusal = outcomes.pop()
      expect(refusal, String(refusal)).toBeInstanceOf(MessagingError)
      expect(REFUSALS[whenFull]).toContain((refusal as MessagingError).code)
      expect(outcomes.length).toBeGreaterThan(0)
      expect(outcomes).toEqual(numbered(outcomes.length))

      const other = await bench.connectLimited()
      const consumer = await (await other.createSession()).createConsumer(orders)
      const received = (await bench.bodies(consumer, outcomes.length)) as string[]
      expect(received.map((body) => body.replaceAll('.', ''))).toEqual(outcomes)
      const doubtful = await consumer.receive({ timeout: bench.target.silence })
      // What timed out in doubt may have been taken all the same; what was refused may not.
      if (!(refusal instanceof TimeoutError || refusal instanceof ConnectionLostError)) expect(doubtful).toBeNull()
      await other.send(orders, 'there is room again')
      expect((await bench.next(consumer)).body).toBe('there is room again')
    },
  )

  featureTest(
    bench,
    'queues',
    'lets a sender go ten times faster than its window, losing and reordering nothing',
    async () => {
      const { connection, session } = await bench.sit({}, { maxPendingSends: 10 })
      const orders = queue(unique('orders'))
      const collector = collect(100)
      await connection.consume(orders, collector.listener)
      const producer = await session.createProducer(orders)
      await Promise.all(numbered(100).map((body) => producer.send(body)))
      const messages = await soon(collector.complete, 'the last message')
      expect(messages.map(({ body }) => body)).toEqual(numbered(100))
    },
  )

  featureTest(bench, 'queues', 'holds no more than the prefetch for a listener that is slow', async () => {
    const orders = queue(unique('orders'))
    await bench.fill(orders, numbered(20))
    const { session } = await bench.sit()
    const slow = await session.createConsumer(orders, { prefetch: 4 })
    const [started, release] = [gate(), gate()]
    slow.listen(async () => {
      started.open()
      await release.opened
    })
    await soon(started.opened, 'the slow call')
    const { session: other } = await bench.sit()
    const quick = await other.createConsumer(orders)
    await bench.take(quick, 16)
    await bench.expectNothing(quick)
    release.open()
  })

  featureTest(bench, 'queues', 'ends every send that waits for room when the connection closes', async () => {
    const connection = await bench.connectLimited({ closeTimeout: 500 })
    const orders = queue(`limited.${unique('orders')}`)
    const producer = await (await connection.createSession()).createProducer(orders)
    const sends = numbered(100).map((body) => producer.send(body.padEnd(large, '.')))
    const settled = Promise.allSettled(sends)
    await soon(connection.close(), 'the close')
    const outcomes = await soon(settled, 'the end of every send')
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(MessagingError)
    }
  })
}
