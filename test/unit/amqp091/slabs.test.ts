import { Buffer } from 'node:buffer'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ConnectionLostError } from '../../../src/index.ts'
import type { Channel } from '../../../src/providers/amqp091/channel.ts'
import { SLAB_SIZE } from '../../../src/providers/amqp091/codec/slabs.ts'
import { FrameWriter } from '../../../src/providers/amqp091/codec/writer.ts'
import type { AmqpConnection } from '../../../src/providers/amqp091/connection.ts'
import { encodePublish, type Publish } from '../../../src/providers/amqp091/mapping.ts'
import { Outgoing } from '../../../src/providers/amqp091/outgoing.ts'
import { Publisher } from '../../../src/providers/amqp091/publisher.ts'
import { AmqpReplyError } from '../../../src/providers/amqp091/reply.ts'
import { bytesOf, finished, message, NOW } from './support.ts'

const QUARTER = SLAB_SIZE / 4

/** Publishes with a writer: a message of so many bytes, all of them the number of the message. */
function publisher(writer: FrameWriter): (size: number) => Publish {
  let count = 0
  return (size) => {
    count += 1
    const body = new Uint8Array(size).fill(count)
    const context = { writer, channel: 1, largestFrame: 0x20000, now: NOW, username: undefined }
    const publish = encodePublish(message({ kind: 'bytes', body }), context)
    publish.slab.unconfirmed += 1
    return publish
  }
}

describe('the memory of frames that go out', () => {
  it('is used again once the broker has confirmed all that stands in it, and something behind it', () => {
    const writer = new FrameWriter()
    const publish = publisher(writer)
    const first = [publish(QUARTER), publish(QUARTER)]
    const { slab } = writer
    const second = publish(SLAB_SIZE - 2 * QUARTER)
    expect(second.slab).not.toBe(slab)
    for (const each of first) writer.confirmed(each.slab)
    // An acknowledgement may stand behind the last message, and wait to go out.
    expect(publish(SLAB_SIZE - 2 * QUARTER).slab).not.toBe(slab)
    writer.confirmed(second.slab)
    expect(publish(SLAB_SIZE - 2 * QUARTER).slab).toBe(slab)
  })

  it('stays as it is for as long as anything in it is unconfirmed, in whichever order the broker confirms', () => {
    const sizes = fc.array(fc.integer({ min: 0, max: 3 * SLAB_SIZE }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(sizes, fc.infiniteStream(fc.nat()), (sizes, choices) => {
        const writer = new FrameWriter()
        const publish = publisher(writer)
        const unconfirmed: { readonly sent: Publish; readonly bytes: string }[] = []
        for (const size of sizes) {
          const sent = publish(size)
          unconfirmed.push({ sent, bytes: bytesOf(sent).toString('latin1') })
          const [isConfirming = 0, which = 0] = choices.take(2)
          if (isConfirming % 2 === 1) continue
          const [confirmed] = unconfirmed.splice(which % unconfirmed.length, 1)
          if (confirmed !== undefined) writer.confirmed(confirmed.sent.slab)
          for (const each of unconfirmed) expect(bytesOf(each.sent).toString('latin1')).toBe(each.bytes)
        }
      }),
      { numRuns: 50 },
    )
  })

  it('is used again also where the broker has closed the channel over a message', async () => {
    const writer = new FrameWriter()
    const channel = { number: 1, isOpen: true, call: async () => {}, write: () => {} } as unknown as Channel
    const connection = { writer, isOpen: true, largestFrame: 0x20000, openChannel: () => channel }
    const publisher = new Publisher(connection as unknown as AmqpConnection, undefined, { unroutable: () => {} })
    await publisher.open()
    const send = (): Promise<void> => publisher.send(message({ kind: 'bytes', body: new Uint8Array(SLAB_SIZE / 2) }))
    const refused = send()
    publisher.closed(new AmqpReplyError(403, 'ACCESS_REFUSED', 0), new ConnectionLostError(''))
    await expect(refused).rejects.toThrow(/ACCESS_REFUSED/)
    const memory = new Set<unknown>()
    for (let tag = 1; tag <= 20; tag += 1) {
      const sent = send()
      memory.add(writer.slab)
      publisher.confirmed(tag, false, true)
      await sent
    }
    expect(memory.size).toBeLessThanOrEqual(3)
  })

  it('grows under what is longer than was said, which keeps what it has', () => {
    const writer = new FrameWriter()
    const before = publisher(writer)(10)
    writer.begin()
    const text = 'x'.repeat(SLAB_SIZE)
    for (let count = 0; count < 5; count += 1) writer.longstr(text)
    expect(finished(writer).toString('latin1')).toBe(`\0\0\x80\0${text}`.repeat(5))
    expect(bytesOf(before).at(-2)).toBe(1)
  })
})

describe('what goes out', () => {
  it('is one piece where it stands in one, in the order of the calls', async () => {
    const sent: string[] = []
    const outgoing = new Outgoing((bytes) => sent.push(Buffer.from(bytes).toString()))
    const memory = Buffer.from('abcdefgh')
    outgoing.push(memory, 0, 2)
    outgoing.push(memory, 2, 3)
    outgoing.push(Buffer.from('1'), 0, 1)
    outgoing.push(memory, 3, 4)
    outgoing.push(memory, 5, 8)
    expect(sent).toEqual(['abc', '1', 'd'])
    await undefined
    expect(sent).toEqual(['abc', '1', 'd', 'fgh'])
    outgoing.push(memory, 0, 1)
    outgoing.flush()
    await undefined
    expect(sent).toEqual(['abc', '1', 'd', 'fgh', 'a'])
  })
})
