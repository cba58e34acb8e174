import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { FaultyProxy } from '../../chaos/faulty-proxy.ts'

let server: Server
let proxy: FaultyProxy
let client: Socket
/** The server's end of the client's connection. */
let accepted: Socket

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  proxy = await FaultyProxy.to('127.0.0.1', (server.address() as AddressInfo).port)
  client = connect({ host: '127.0.0.1', port: proxy.port })
  ;[accepted] = (await once(server, 'connection')) as [Socket]
  for (const socket of [client, accepted]) socket.on('error', () => {})
})

afterEach(async () => {
  client.destroy()
  accepted.destroy()
  await proxy.close()
  server.close()
})

/** Also after an error. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once('close', resolve))
}

it('passes bytes on in both directions, and the end of a connection', async () => {
  client.write('question')
  expect(String((await once(accepted, 'data'))[0])).toBe('question')
  accepted.write('answer')
  expect(String((await once(client, 'data'))[0])).toBe('answer')
  client.end()
  await once(accepted, 'end')
  await expect.poll(() => proxy.connections).toBe(0)
})

it('resets both ends', async () => {
  const bothClosed = Promise.all([closed(client), closed(accepted)])
  proxy.reset()
  await bothClosed
})

it('breaks a connection after so many bytes', async () => {
  proxy.cutAfter = 3
  let arrived = ''
  accepted.on('data', (chunk) => (arrived += chunk))
  const broken = closed(accepted)
  client.write('abcdef')
  await broken
  expect(arrived).toBe('abc')
})

it('falls silent: neither end gets anything until it heals, and new connections work', async () => {
  let arrived = ''
  accepted.on('data', (chunk) => (arrived += chunk))
  proxy.fallSilent()
  client.end('lost')
  const other = connect({ host: '127.0.0.1', port: proxy.port })
  const [socket] = (await once(server, 'connection')) as [Socket]
  other.write('heard')
  expect(String((await once(socket, 'data'))[0])).toBe('heard')
  expect(arrived).toBe('')
  expect(accepted.destroyed).toBe(false)
  const broken = closed(accepted)
  proxy.heal()
  await broken
  other.destroy()
  socket.destroy()
})

it('delays, and keeps the order', async () => {
  proxy.delay = 50
  const begin = performance.now()
  client.write('a')
  client.write('b')
  let arrived = ''
  while (arrived.length < 2) arrived += String((await once(accepted, 'data'))[0])
  expect(arrived).toBe('ab')
  expect(performance.now() - begin).toBeGreaterThan(45)
})

it('limits the bandwidth', async () => {
  proxy.bytesPerSecond = 50_000
  const begin = performance.now()
  client.end(new Uint8Array(10_000))
  accepted.resume()
  await once(accepted, 'end')
  expect(performance.now() - begin).toBeGreaterThan(150)
})
