import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import {
  AuthenticationError,
  ConnectionError,
  ConnectionLostError,
  type ConnectOptions,
  ConnectTimeoutError,
  connect,
  type MessagingError,
} from '../../../src/index.ts'

const servers: Server[] = []
const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** A peer that does with each connection what it is told to. */
async function peer(behave: (socket: Socket) => unknown): Promise<string> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', () => {})
    behave(socket)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `amqp://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const says = (...parts: readonly (string | Uint8Array)[]): Promise<string> =>
  peer((socket) => socket.write(Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1')))))

async function failure(uri: string, options: ConnectOptions = {}): Promise<Error> {
  try {
    const connection = await connect(uri, { connectTimeout: 2_000, closeTimeout: 200, failover: false, ...options })
    return await new Promise<Error>((resolve) =>
      connection.on('closed', (error) => resolve(error ?? new Error('none'))),
    )
  } catch (error) {
    return error as Error
  }
}

const SASL_HEADER = 'AMQP\x03\x01\x00\x00'
const AMQP_HEADER = 'AMQP\x00\x01\x00\x00'

function frame(type: number, body: readonly number[]): Uint8Array {
  const size = body.length + 8
  return Uint8Array.from([size >> 24, (size >> 16) & 255, (size >> 8) & 255, size & 255, 2, type, 0, 0, ...body])
}

const bytes = (text: string): number[] => [...Buffer.from(text)]
const symbol = (text: string): number[] => [0xa3, text.length, ...bytes(text)]
const text = (value: string): number[] => [0xa1, value.length, ...bytes(value)]
const list = (...items: readonly number[][]): number[] => {
  const content = items.flat()
  return [0xc0, content.length + 1, items.length, ...content]
}
const MECHANISMS = frame(1, [0, 0x53, 0x40, ...list(symbol('ANONYMOUS'))])
const OUTCOME = frame(1, [0, 0x53, 0x44, ...list([0x50, 0])])
const OPEN = frame(0, [0, 0x53, 0x10, ...list(text('evil'))])
const close = (condition: string, description: string): Uint8Array =>
  frame(0, [0, 0x53, 0x18, ...list([0, 0x53, 0x1d, ...list(symbol(condition), text(description))])])
const HANDSHAKE = [SASL_HEADER, MECHANISMS, OUTCOME, AMQP_HEADER] as const

describe('a peer that is no AMQP 1.0 broker', () => {
  it.each([
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', /HTTP/],
    ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x46', /TLS/],
    ['AMQP 0-9-1', 'AMQP\x00\x00\x09\x01', /AMQP 0-9-1/],
    ['STOMP', 'ERROR\nmessage:no\n\n\0', /STOMP/],
    ['AMQP without SASL', AMQP_HEADER, /without SASL/],
    ['noise', '\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8', /unknown protocol/],
  ])('is recognised: %s', async (_, greeting, expected) => {
    const error = await failure(await says(greeting))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(expected)
  })

  it('may accept and close at once', async () => {
    const error = await failure(await peer((socket) => socket.end()))
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/closed the connection during the handshake/)
  })

  it('may reset the connection', async () => {
    expect(await failure(await peer((socket) => socket.resetAndDestroy()))).toBeInstanceOf(ConnectionError)
  })

  it('may accept and say nothing: the attempt ends in time', async () => {
    const error = await failure(await peer(() => {}), { connectTimeout: 100 })
    expect(error).toBeInstanceOf(ConnectTimeoutError)
  })

  it('may stop in the middle of the handshake: the attempt ends in time', async () => {
    const error = await failure(await says(SASL_HEADER, MECHANISMS.subarray(0, 11)), { connectTimeout: 100 })
    expect(error).toBeInstanceOf(ConnectTimeoutError)
  })

  it('leaves no socket open behind an attempt that was given up', async () => {
    let accepted: Socket | undefined
    const uri = await peer((socket) => {
      accepted = socket
    })
    await failure(uri, { connectTimeout: 50 })
    if (accepted?.closed === false) await once(accepted, 'close')
    expect(accepted?.closed).toBe(true)
  })
})

describe('a peer that breaks the protocol', () => {
  it.each([
    ['a frame of four gigabytes', Uint8Array.from([0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0])],
    ['a frame shorter than its header', Uint8Array.from([0, 0, 0, 4, 2, 0, 0, 0])],
    ['a type that is none', frame(0, [0, 0x53, 0x10, 0x0f])],
    [
      'a list that is longer than its frame',
      frame(0, [0, 0x53, 0x10, 0xd0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]),
    ],
    ['an array of a billion nulls', frame(0, [0, 0x53, 0x10, 0xf0, 0, 0, 0, 5, 0x3b, 0x9a, 0xca, 0, 0x40])],
    [
      'values nested without end',
      frame(0, [0, 0x53, 0x10, ...Array.from({ length: 200 }, () => [0xc0, 2, 1]).flat(), 0x40]),
    ],
    ['a performative that is none', frame(0, [0, 0x53, 0x77, 0x45])],
    ['a frame for a session that is none', frame(0, [0, 0x53, 0x17, 0x45])],
  ])('ends the connection with an error, and nothing else: %s', async (_, hostile) => {
    const error = await failure(await says(...HANDSHAKE, OPEN, hostile), { heartbeat: 0 })
    expect(error).toBeInstanceOf(ConnectionError)
    expect((error as MessagingError).message).toMatch(/127\.0\.0\.1/)
  })

  it('may split its frames at any byte', async () => {
    const all = Buffer.concat([...HANDSHAKE, OPEN].map((part) => Buffer.from(part as string, 'latin1')))
    const uri = await peer(async (socket) => {
      socket.setNoDelay(true)
      for (const byte of all) {
        socket.write(Uint8Array.of(byte))
        await new Promise(setImmediate)
      }
    })
    const connection = await connect(uri, { closeTimeout: 50 })
    expect(connection.state).toBe('connected')
    await connection.close()
  })
})

describe('a broker that refuses', () => {
  it('after its open frame is an error of connecting, with its reason', async () => {
    const uri = await says(...HANDSHAKE, OPEN, close('amqp:resource-limit-exceeded', 'too many connections'))
    const error = await failure(uri)
    expect(error.message).toMatch(/too many connections/)
    expect(error).toMatchObject({ code: 'ERR_RESOURCE_LIMIT' })
  })

  it('before it opens keeps its reason', async () => {
    const uri = await says(...HANDSHAKE, close('amqp:connection:forced', 'maintenance'))
    const error = await failure(uri)
    expect(error).toBeInstanceOf(ConnectionError)
    expect(error.message).toMatch(/maintenance/)
  })

  it('for its credentials is an authentication error', async () => {
    const refused = frame(1, [0, 0x53, 0x44, ...list([0x50, 1])])
    expect(await failure(await says(SASL_HEADER, MECHANISMS, refused))).toBeInstanceOf(AuthenticationError)
  })

  it('later ends the connection with its reason', async () => {
    const uri = await peer((socket) => {
      socket.write(Buffer.concat([...HANDSHAKE, OPEN].map((part) => Buffer.from(part as string, 'latin1'))))
      setTimeout(() => socket.write(close('amqp:connection:forced', 'maintenance')), 100)
    })
    const error = await failure(uri)
    expect(error).toBeInstanceOf(ConnectionLostError)
    expect(error.message).toMatch(/maintenance/)
  })
})
