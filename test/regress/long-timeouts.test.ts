import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { connect, InvalidOptionError, queue } from '../../src/index.ts'

/** More ms than a timer of the platform holds: one set for that long fires at once. */
const TOO_LONG = 2 ** 31

it.each([TOO_LONG, Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY])(
  'a time-out of %s ms is refused, and not taken for none',
  async (timeout) => {
    await using connection = await connect(`memory:${randomUUID()}`)
    const session = await connection.createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(queue('orders'))
    await connection.send(queue('orders'), 'one')
    const message = await consumer.receive()
    const calls = [
      () => consumer.receive({ timeout }),
      () => connection.request(queue('nobody'), 'hello', { timeout }),
      () => message?.release({ delay: timeout }),
    ]
    for (const call of calls) await expect(call()).rejects.toBeInstanceOf(InvalidOptionError)
    await message?.release({ delay: 0 })
    expect(await consumer.receive({ timeout: TOO_LONG - 1 })).toMatchObject({ body: 'one', redelivered: true })
  },
)
