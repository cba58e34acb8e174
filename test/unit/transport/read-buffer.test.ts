import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connectTcp } from '../../../src/transport/tcp.ts'
import type { Transport } from '../../../src/transport/transport.ts'

let server: Server
let peer: Promise<Socket>
let transport: Transport

beforeEach(async () => {
  server = createServer()
  peer = once(server, 'connection').then(([socket]) => socket as Socket)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  transport.destroy()
  server.close()
})

async function open(readsAtOnce: boolean): Promise<void> {
  const { port } = server.address() as { readonly port: number }
  const target = { host: '127.0.0.1', port, endpoint: `amqp://127.0.0.1:${port}`, attempt: 0, readsAtOnce }
  transport = await connectTcp(target, new AbortController().signal)
}

/** What arrives, one after the other; `next` resolves with the memory that it stands in. */
function arrivals() {
  const texts: string[] = []
  let arrived = (_memory: ArrayBufferLike): void => {}
  const closed = new Promise<Error | undefined>((resolve) => {
    transport.start({
      data: (bytes) => {
        texts.push(new TextDecoder().decode(bytes))
        arrived(bytes.buffer)
      },
      drained: () => {},
      closed: resolve,
    })
  })
  const next = (): Promise<ArrayBufferLike> => new Promise((resolve) => (arrived = resolve))
  return { texts, next, closed }
}

it.each([true, false])(
  'hands over what arrives, from the start on and after a pause (in the same memory: %s)',
  async (readsAtOnce) => {
    await open(readsAtOnce)
    const socket = await peer
    await new Promise((resolve) => socket.write('before ', resolve))
    const { texts, next, closed } = arrivals()
    const first = await next()
    transport.pause()
    await new Promise((resolve) => socket.write('meanwhile', resolve))
    expect(texts).toEqual(['before '])
    transport.resume()
    const second = await next()
    expect(texts).toEqual(['before ', 'meanwhile'])
    expect(first === second).toBe(readsAtOnce)
    socket.end()
    expect(await closed).toBeUndefined()
  },
)

it('says how a connection ends whose bytes all go to the same memory', async () => {
  await open(true)
  const { closed } = arrivals()
  ;(await peer).resetAndDestroy()
  expect(await closed).toMatchObject({ code: 'ECONNRESET' })
})
