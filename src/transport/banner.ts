/** Who answered in another protocol than was asked for, and the scheme that reaches it. */
export interface ForeignBanner {
  readonly speaks: 'TLS' | 'AMQP 1.0' | 'AMQP 0-9-1' | 'HTTP' | 'STOMP' | 'OpenWire' | 'MQTT' | 'an unknown protocol'
  readonly advice: string
}

/** Recognises a protocol by the first bytes its server sends, at least four of them where there are so many. */
export function recogniseBanner(bytes: Uint8Array): ForeignBanner {
  const text = String.fromCharCode(...bytes.subarray(0, 16))
  // A TLS alert record: content type 21, then the version 3.x (RFC 8446 §5.1).
  if ((bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 0x03) {
    return { speaks: 'TLS', advice: 'use the scheme with TLS, for example amqps://' }
  }
  if (text.startsWith('AMQP')) {
    return bytes[5] === 0
      ? { speaks: 'AMQP 0-9-1', advice: 'use an amqp URI with ?amqp.version=0-9-1' }
      : { speaks: 'AMQP 1.0', advice: 'use an amqp URI with ?amqp.version=1.0' }
  }
  if (text.startsWith('HTTP/'))
    return { speaks: 'HTTP', advice: 'that is a web port; use the port of the messaging protocol' }
  if (text.startsWith('ERROR') || text.startsWith('CONNECTED')) {
    return { speaks: 'STOMP', advice: 'use a stomp URI, or the port of this protocol' }
  }
  // OpenWire's WireFormatInfo: size, type 1, then its magic (OpenWire §2).
  if (text.includes('ActiveMQ'))
    return { speaks: 'OpenWire', advice: 'use a tcp URI for OpenWire, or the port of this protocol' }
  if (bytes[0] === 0x20 && (bytes[1] ?? 0) >= 2)
    return { speaks: 'MQTT', advice: 'use an mqtt URI, or the port of this protocol' }
  return { speaks: 'an unknown protocol', advice: 'check that host and port are those of the broker' }
}
