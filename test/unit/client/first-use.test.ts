import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import * as z from 'zod'
import { type Connection, IllegalStateError, type Session } from '../../../src/index.ts'

/** Copies of the modules in which no part has been loaded. */
describe('what is loaded at its first use', () => {
  let polymq: typeof import('../../../src/index.ts')
  let connection: Connection

  beforeEach(async () => {
    vi.resetModules()
    polymq = await import('../../../src/index.ts')
    connection = await polymq.connect(`memory:${randomUUID()}`)
  })

  it.each<[string, (session: Session) => Promise<unknown>]>([
    ['consumer with a selector', (session) => session.createConsumer(polymq.queue('late'), { selector: 'a = 1' })],
    ['consumer with a schema', (session) => session.createConsumer(polymq.queue('late', { schema: z.string() }))],
    ['queue browser', (session) => session.createBrowser(polymq.queue('late'))],
    ['transaction', () => connection.createSession({ transacted: true })],
    ['request', () => connection.request(polymq.queue('late'), 'anyone?')],
  ])('makes no %s when the connection is closed meanwhile', async (_, make) => {
    const session = await connection.createSession()
    const made = make(session).catch((error: unknown) => error)
    await connection.close()
    expect(await made).toBeInstanceOf(IllegalStateError)
  })

  it('works when it is asked for twice at once', async () => {
    const session = await connection.createSession()
    const wanted = polymq.queue<number>('wanted')
    await connection.send(wanted, polymq.objectMessage(1, { properties: { a: 1 } }))
    await connection.send(wanted, polymq.objectMessage(2, { properties: { a: 2 } }))
    const [first, second] = await Promise.all([
      session.createConsumer(wanted, { selector: 'a = 1' }),
      session.createConsumer(wanted, { selector: 'a = 2' }),
    ])
    expect((await first.receive({ timeout: 1_000 }))?.body).toBe(1)
    expect((await second.receive({ timeout: 1_000 }))?.body).toBe(2)
    await connection.close()
  })
})
