import { describe, expect, it } from 'vitest'
import { recogniseBanner as recogniseInPage } from '../../../src/transport/banner.browser.ts'
import { recogniseBanner } from '../../../src/transport/banner.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

describe('a peer of another protocol', () => {
  it.each([
    ['TLS', '\x15\x03\x03\x00'],
    ['AMQP 1.0', 'AMQP\x03\x01\x00\x00'],
    ['AMQP 0-9-1', 'AMQP\x00\x00\x09\x01'],
    ['HTTP', 'HTTP/1.1 400 Bad Request'],
    ['STOMP', 'ERROR\nmessage:x\n\n\0'],
    ['OpenWire', '\x00\x00\x01\x2a\x01ActiveMQ\x00'],
    ['MQTT', '\x20\x02\x00\x00'],
    ['an unknown protocol', 'SSH-2.0'],
  ])('is recognised by its first bytes: %s', (speaks, first) => {
    expect(recogniseBanner(bytes(first)).speaks).toBe(speaks)
  })

  it('has accepted a WebSocket in a page, so that it may be STOMP, or something else', () => {
    expect(recogniseInPage(bytes('CONNECTED\nversion:1.2\n\n\0')).speaks).toBe('STOMP')
    expect(recogniseInPage(bytes('x'))).toEqual({
      speaks: 'an unknown protocol',
      advice: 'check that port and path are those of the protocol in the URI',
    })
  })
})
