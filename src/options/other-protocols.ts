const OPENWIRE = /^(tcp|ssl|nio|nio\+ssl|auto|auto\+ssl|openwire|openwire\+ssl)$/

/** What to do about a URI of a protocol that polymq does not speak; undefined where the scheme is none of these. */
export function otherProtocol(scheme: string): string | undefined {
  if (OPENWIRE.test(scheme)) return `it is OpenWire, which polymq does not speak; ${INSTEAD}`
  return undefined
}

const INSTEAD =
  "use another port of the same broker: amqps://HOST:5671, stomps://HOST:61614, mqtts://HOST:8883, or a WebSocket, wss://HOST:61619 (ports are ActiveMQ's)"
