import { describe, expect, it } from 'vitest'
import { MessageFormatError } from '../../../src/errors.ts'
import { encode, fromRhea, messageOf, rhea, roundTrip, witnessed } from './support.ts'

const UUID = '3f2504e0-4f89-11d3-9a0c-0305e82c3301'
const uuidBytes = Buffer.from(UUID.replaceAll('-', ''), 'hex')

describe('message and correlation ids', () => {
  it('sends an id of ours as a string, prefix and all', () => {
    expect(witnessed(messageOf({ messageId: 'ID:a-1', correlationId: 'ID:b-2' }))).toMatchObject({
      message_id: 'ID:a-1',
      correlation_id: 'ID:b-2',
    })
  })

  it('reads a uuid, ulong or binary id as text that says its type', () => {
    const { message } = fromRhea({
      message_id: rhea.types.wrap_uuid(uuidBytes),
      correlation_id: rhea.types.wrap_ulong(42),
    })
    expect(message.messageId).toBe(`ID:AMQP_UUID:${UUID}`)
    expect(message.correlationId).toBe('ID:AMQP_ULONG:42')
    expect(fromRhea({ message_id: rhea.types.wrap_binary(Buffer.from([0xab, 0x01])) }).message.messageId).toBe(
      'ID:AMQP_BINARY:AB01',
    )
  })

  it('sends such a text back as the type it came with', () => {
    const sent = witnessed(messageOf({ messageId: `ID:AMQP_UUID:${UUID}`, correlationId: 'ID:AMQP_ULONG:42' }))
    expect(Buffer.from(sent.message_id).equals(uuidBytes)).toBe(true)
    expect(sent.correlation_id).toBe(42)
    const binary = witnessed(messageOf({ correlationId: 'ID:AMQP_BINARY:ab01' }))
    expect(Buffer.from(binary.correlation_id)).toEqual(Buffer.from([0xab, 0x01]))
  })

  it('marks a message id without ID: and gives it back without', () => {
    const { messageId } = fromRhea({ message_id: 'order-7' }).message
    expect(messageId).toBe('ID:AMQP_NO_PREFIX:order-7')
    expect(witnessed(messageOf({ correlationId: messageId })).correlation_id).toBe('order-7')
  })

  it("leaves the application's own correlation text as it is", () => {
    expect(roundTrip(messageOf({ correlationId: 'order-7' })).correlationId).toBe('order-7')
    expect(roundTrip(messageOf({ correlationId: 'AMQP_UUID:none' })).correlationId).toBe('AMQP_UUID:none')
  })

  it('escapes a string that only looks typed, and unescapes it on the way back', () => {
    const { messageId, correlationId } = fromRhea({
      message_id: 'ID:AMQP_UUID:x',
      correlation_id: 'ID:AMQP_ULONG:9',
    }).message
    expect(messageId).toBe('ID:AMQP_STRING:ID:AMQP_UUID:x')
    expect(correlationId).toBe('ID:AMQP_STRING:ID:AMQP_ULONG:9')
    expect(witnessed(messageOf({ correlationId: messageId })).correlation_id).toBe('ID:AMQP_UUID:x')
  })

  it.each([
    `ID:AMQP_UUID:${UUID}`,
    'ID:AMQP_ULONG:0',
    'ID:AMQP_ULONG:255',
    'ID:AMQP_ULONG:18446744073709551615',
    'ID:AMQP_BINARY:',
    'ID:AMQP_BINARY:00FF10',
    'ID:AMQP_OTHER:1',
    'ID:',
    'ID:ä€😀',
  ])('keeps %s through a round trip', (id) => {
    expect(roundTrip(messageOf({ messageId: id, correlationId: id }))).toMatchObject({
      messageId: id,
      correlationId: id,
    })
  })

  it.each([
    'ID:AMQP_UUID:a',
    'ID:AMQP_ULONG:-1',
    'ID:AMQP_ULONG:18446744073709551616',
    'ID:AMQP_ULONG:x',
    'ID:AMQP_BINARY:ABC',
    'ID:AMQP_BINARY:zz',
  ])('refuses to send %s', (id) => {
    expect(() => encode(messageOf({ correlationId: id }))).toThrow(MessageFormatError)
  })
})
