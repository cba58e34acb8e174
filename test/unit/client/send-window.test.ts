import { expect, test } from 'vitest'
import { OutgoingMessage } from '../../../src/client/outgoing-message.ts'
import { SendGroup } from '../../../src/client/send-group.ts'
import { resolveSendOptions } from '../../../src/client/send-options.ts'
import { SendWindow } from '../../../src/client/send-window.ts'
import { queue } from '../../../src/index.ts'

const limits = { maxPendingSends: 100, maxPendingSendBytes: 10, sendTimeout: 60_000 }
const messageOf = (body: unknown) =>
  new OutgoingMessage(body, queue('orders'), resolveSendOptions(undefined), 'ID:1', 0)

function unconfirmed() {
  let confirm = (): void => {}
  const promise = new Promise<void>((resolve) => {
    confirm = resolve
  })
  return { promise, confirm }
}

test.each([
  ['text', 'x'.repeat(10)],
  ['bytes', new Uint8Array(10)],
  ['JSON', { text: 'x'.repeat(10) }],
])('bodies of %s count against maxPendingSendBytes', async (_, body) => {
  const window = new SendWindow(limits, {})
  const group = new SendGroup()
  const first = unconfirmed()
  const tracked = window.track(first.promise, messageOf(body), group, undefined)
  expect(window.open).toBe(false)

  let dispatched = false
  const dispatch = async (): Promise<void> => {
    dispatched = true
  }
  const second = window.enqueue(dispatch, messageOf('y'), group, undefined)
  expect(dispatched).toBe(false)
  first.confirm()
  await tracked
  await second
  expect(window.open).toBe(true)
  window.close(new Error('over'))
})

test('a body larger than maxPendingSendBytes has its turn when nothing else is unconfirmed', async () => {
  const window = new SendWindow(limits, {})
  expect(window.open).toBe(true)
  await window.track(Promise.resolve(), messageOf('x'.repeat(1_000)), new SendGroup(), undefined)
  expect(window.open).toBe(true)
  window.close(new Error('over'))
})
