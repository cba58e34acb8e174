/** Tells whether a broker answers, by the first bytes of each protocol's handshake. */

import { connect as connectTcp, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { type Greeting, user } from './catalogue.ts'

export interface Endpoint {
  readonly host: string
  readonly port: number
  readonly greeting: Greeting
}

const attemptTimeout = 2_000
const pauseBetweenAttempts = 100

/**
 * Resolves when every endpoint has answered.
 * @param timeout milliseconds until it throws, naming the ports that stay silent
 * @param check called between attempts; may throw to give up early
 */
export async function waitUntilReady(
  endpoints: readonly Endpoint[],
  timeout: number,
  check: () => Promise<void>,
): Promise<void> {
  const deadline = Date.now() + timeout
  let silent = endpoints
  while (true) {
    const answers = await Promise.all(silent.map(answersGreeting))
    silent = silent.filter((_, index) => !answers[index])
    if (silent.length === 0) return
    if (Date.now() > deadline) {
      const list = silent.map(({ port, greeting }) => `${port} (${greeting})`).join(', ')
      throw new Error(`no answer within ${timeout / 1000} s on port ${list}`)
    }
    await check()
    await sleep(pauseBetweenAttempts)
  }
}

/** One attempt, of at most 2 s. */
export function answersGreeting(endpoint: Endpoint): Promise<boolean> {
  const { host, port, greeting } = endpoint
  if (greeting === 'tls') {
    const socket = connectTls({ host, port, rejectUnauthorized: false })
    return settle(socket, (done) => socket.once('secureConnect', () => done(true)))
  }
  const socket = connectTcp({ host, port })
  const { send, expect } = greetings[greeting]
  return settle(socket, (done) => {
    let received = ''
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1')
      if (received.includes(expect)) done(true)
    })
    socket.write(send, 'latin1')
  })
}

// Docker's proxy accepts a connection before the broker listens, and closes it again: only bytes count.
const greetings: Readonly<Record<Exclude<Greeting, 'tls'>, { send: string; expect: string }>> = {
  // The SASL protocol header, which the server echoes (AMQP 1.0 §5.3.2).
  'amqp-0-9-1': { send: 'AMQP\x00\x00\x09\x01', expect: '\x01\x00\x00' },
  amqp: { send: 'AMQP\x03\x01\x00\x00', expect: 'AMQP\x03\x01\x00\x00' },
  stomp: {
    send: `CONNECT\naccept-version:1.2\nhost:/\nlogin:${user.username}\npasscode:${user.password}\n\n\0`,
    expect: 'CONNECTED',
  },
  mqtt: { send: mqttConnect(), expect: '\x20' },
  openwire: { send: '', expect: 'ActiveMQ' },
  // Mosquitto answers nothing but an upgrade.
  http: {
    send: [
      'GET / HTTP/1.1',
      'Host: localhost',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      'Sec-WebSocket-Protocol: mqtt',
      '\r\n',
    ].join('\r\n'),
    expect: 'HTTP/1',
  },
}

/** CONNECT with a clean session, user name, password and a keep-alive of 10 s (MQTT 3.1.1 §3.1). */
function mqttConnect(): string {
  const body = `\x00\x04MQTT\x04\xc2\x00\x0a${['readiness', user.username, user.password].map(mqttString).join('')}`
  return `\x10${String.fromCharCode(body.length)}${body}`
}

function mqttString(text: string): string {
  return `\x00${String.fromCharCode(text.length)}${text}`
}

function settle(socket: Socket, attempt: (done: (answered: boolean) => void) => void): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (answered: boolean): void => {
      socket.destroy()
      resolve(answered)
    }
    socket.setTimeout(attemptTimeout, () => done(false))
    socket.once('error', () => done(false))
    socket.once('close', () => done(false))
    attempt(done)
  })
}
