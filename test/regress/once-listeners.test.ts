import { expect, it } from 'vitest'
import { Emitter } from '../../src/client/events.ts'

type Events = { readonly lost: [what: string]; readonly found: [what: string] }

it('a handler that listens once to two events is called once for each', () => {
  const emitter = new Emitter<Events>()
  const calls: string[] = []
  const handler = (what: string): void => void calls.push(what)
  emitter.once('lost', handler).once('found', handler)
  for (const what of ['1', '2']) {
    emitter.emit('lost', `lost ${what}`)
    emitter.emit('found', `found ${what}`)
  }
  expect(calls).toEqual(['lost 1', 'found 1'])
})

it('a handler that listens once twice is called twice, and not a third time', () => {
  const emitter = new Emitter<Events>()
  const calls: string[] = []
  const handler = (what: string): void => void calls.push(what)
  emitter.once('lost', handler).once('lost', handler)
  emitter.emit('lost', '1')
  emitter.emit('lost', '2')
  expect(calls).toEqual(['1', '1'])
})

it('off() takes a handler away from one event, however it was added', () => {
  const emitter = new Emitter<Events>()
  const calls: string[] = []
  const handler = (what: string): void => void calls.push(what)
  emitter.once('lost', handler).once('found', handler).on('lost', handler).off('lost', handler)
  emitter.emit('lost', 'lost')
  emitter.emit('found', 'found')
  expect(calls).toEqual(['found'])
})
