import { expect } from 'vitest'
import {
  AbortedError,
  IllegalStateError,
  InvalidOptionError,
  queue,
  TimeoutError,
  textMessage,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'
import { featureTest } from './feature-test.ts'
import { failureOf, gate, numbered, soon, unique } from './waiting.ts'

export function requestReply(bench: Bench): void {
  const needed = ['queues', 'temporaryQueues', 'replyTo'] as const

  featureTest(bench, needed, 'answers a request with what the handler gives', async () => {
    const [asking, answering] = [await bench.connect(), await bench.connect()]
    const doubles = queue(unique('double'))
    await answering.reply(doubles, ({ body }) => ({ twice: Number(body) * 2 }))
    const answer = await asking.request(doubles, '21')
    expect(answer).toMatchObject({ kind: 'object', body: { twice: 42 } })
  })

  featureTest(bench, needed, 'answers with any kind of body, and with nothing', async () => {
    const connection = await bench.connect()
    const echo = queue(unique('echo'))
    await connection.reply(echo, ({ body }) => body)
    for (const body of ['text', Uint8Array.of(1, 2), { a: [1] }, undefined]) {
      expect((await connection.request(echo, body)).body).toEqual(body)
    }
  })

  featureTest(bench, needed, 'matches two hundred parallel requests with their answers', async () => {
    const [asking, answering] = [await bench.connect(), await bench.connect()]
    const echo = queue(unique('echo'))
    await answering.reply(
      echo,
      async ({ body }) => {
        await new Promise((resolve) => setImmediate(resolve))
        return `answer to ${body}`
      },
      { concurrency: 10 },
    )
    const questions = numbered(200)
    const answers = await Promise.all(questions.map((question) => asking.request(echo, question)))
    expect(answers.map(({ body }) => body)).toEqual(questions.map((question) => `answer to ${question}`))
  })

  featureTest(bench, needed, 'gives up when no answer comes in time, and may have been heard', async () => {
    const connection = await bench.connect()
    const silent = queue(unique('silent'))
    const error = await failureOf(connection.request(silent, 'anybody?', { timeout: 20 }))
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ code: 'ERR_TIMEOUT', inDoubt: true, message: expect.stringContaining(silent.name) })
    expect(await bench.remaining(silent)).toEqual(['anybody?'])
  })

  featureTest(bench, needed, 'drops an answer that comes too late', async () => {
    const connection = await bench.connect()
    const slow = queue(unique('slow'))
    const late = gate()
    const answered = gate()
    await connection.reply(
      slow,
      async ({ body }) => {
        if (body === 'first') await late.opened
        else answered.open()
        return `answer to ${body}`
      },
      { concurrency: 2 },
    )
    expect(await failureOf(connection.request(slow, 'first', { timeout: 20 }))).toBeInstanceOf(TimeoutError)
    const second = connection.request(slow, 'second')
    await soon(answered.opened, 'the second request')
    late.open()
    expect((await second).body).toBe('answer to second')
    expect((await connection.request(slow, 'third')).body).toBe('answer to third')
  })

  featureTest(bench, needed, 'stops waiting when the signal aborts', async () => {
    const connection = await bench.connect()
    const silent = queue(unique('silent'))
    const abort = new AbortController()
    const pending = connection.request(silent, 'anybody?', { signal: abort.signal })
    abort.abort()
    expect(await failureOf(pending)).toBeInstanceOf(AbortedError)
    const aborted = connection.request(silent, 'nobody?', { signal: abort.signal })
    expect(await failureOf(aborted)).toBeInstanceOf(AbortedError)
  })

  featureTest(bench, needed, 'keeps a correlation id of the application, and answers with it', async () => {
    const connection = await bench.connect()
    const echo = queue(unique('echo'))
    await connection.reply(echo, ({ correlationId }) => textMessage(String(correlationId), { type: 'answer' }))
    const answer = await connection.request(echo, textMessage('?', { correlationId: 'mine' }))
    expect(answer).toMatchObject({ body: 'mine', correlationId: 'mine', type: 'answer' })
    const twice = [1, 2].map(() =>
      connection.request(queue(unique('none')), textMessage('?', { correlationId: 'c' }), { timeout: 20 }),
    )
    const errors = await Promise.all(twice.map(failureOf))
    expect(errors.map((error) => error instanceof IllegalStateError)).toContain(true)
  })

  featureTest(
    bench,
    needed,
    'answers what was asked by hand, by its message id when it has no correlation id',
    async () => {
      const { connection, session } = await bench.sit()
      const echo = queue(unique('echo'))
      await connection.reply(echo, ({ body }) => body)
      const answers = await session.createTemporaryQueue()
      await connection.send(echo, textMessage('by hand', { replyTo: answers }))
      const answer = await bench.next(await session.createConsumer(answers))
      expect(answer.body).toBe('by hand')
      expect(answer.correlationId).toMatch(/^ID:/)
    },
  )

  featureTest(bench, needed, 'asks again a handler that failed, then the caller runs out of time', async () => {
    const connection = await bench.connect()
    const failures: Error[] = []
    connection.on('error', (error) => failures.push(error))
    const flaky = queue(unique('flaky'))
    await connection.reply(flaky, ({ deliveryCount }) => {
      if (deliveryCount === 1) throw new Error('not yet')
      return 'done'
    })
    expect((await connection.request(flaky, 'please')).body).toBe('done')
    expect(failures).toHaveLength(1)
  })

  featureTest(
    bench,
    needed,
    'refuses a time-out that is none, and ends pending requests with the connection',
    async () => {
      const connection = await bench.connect()
      const silent = queue(unique('silent'))
      expect(await failureOf(connection.request(silent, '', { timeout: 0 }))).toBeInstanceOf(InvalidOptionError)
      const pending = failureOf(connection.request(silent, 'anybody?'))
      await bench.remaining(silent)
      await connection.close()
      expect(await soon(pending, 'the end of the request')).toBeInstanceOf(IllegalStateError)
    },
  )
}
