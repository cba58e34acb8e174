import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { connect, queue } from '../../../src/index.ts'
import { soon } from '../../conformance/waiting.ts'

describe.each(['client', 'transacted'] as const)('a listener in a %s session', (acknowledgeMode) => {
  it('goes on after more bodies than its prefetch do not fit the schema', async () => {
    await using connection = await connect(`memory:${randomUUID()}`)
    const session = await connection.createSession({ acknowledgeMode })
    const consumer = await session.createConsumer(queue('numbers', { schema: z.number() }), { prefetch: 2 })
    const good = new Promise<number>((resolve) => consumer.listen(({ body }) => resolve(body)))
    for (const body of ['a', 'b', 'c', 'd', 7]) await connection.send(queue('numbers'), body)
    expect(await soon(good, 'the message that fits')).toBe(7)
  })
})
