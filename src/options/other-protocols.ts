const OPENWIRE = /^(tcp|ssl|nio|nio\+ssl|auto|auto\+ssl|openwire|openwire\+ssl)$/

/** What to do about a URI of a protocol that is not spoken here under this name; undefined where the scheme is none of these. */
export function otherProtocol(scheme: string): string | undefined {
  if (OPENWIRE.test(scheme)) return INSTEAD
  return undefined
}

const INSTEAD =
  "it is OpenWire, which needs TCP: in Node use tcp://HOST:61616 or ssl://HOST:61617; a browser reaches the same broker by a WebSocket, wss://HOST:61619 (ports are ActiveMQ's)"
