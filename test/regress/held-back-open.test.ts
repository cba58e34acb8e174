import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { connect } from '../../src/index.ts'

const SASL = Buffer.from('AMQP\x03\x01\x00\x00', 'latin1')
const HEADER = Buffer.from('AMQP\x00\x01\x00\x00', 'latin1')
const ANONYMOUS = Buffer.from('\x00\x00\x00\x19\x02\x01\x00\x00\x00\x53\x40\xc0\x0c\x01\xa3\x09ANONYMOUS', 'latin1')
const AUTHENTICATED = Buffer.from([0, 0, 0, 16, 2, 1, 0, 0, 0, 0x53, 0x44, 0xc0, 3, 1, 0x50, 0])
const EMPTY_FRAME = Buffer.from([0, 0, 0, 8, 2, 0, 0, 0])
const OPEN = Buffer.from('\x00\x00\x00\x14\x02\x00\x00\x00\x00\x53\x10\xc0\x07\x01\xa1\x04peer', 'latin1')

const servers: Server[] = []
const sockets: Socket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of servers.splice(0)) server.close()
})

/** As one with Nagle's algorithm seems to be: its open leaves once something came after its header. */
async function holdsBackItsOpen(): Promise<number> {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.write(Buffer.concat([SASL, ANONYMOUS]))
    let received = Buffer.alloc(0)
    let said: 'mechanisms' | 'outcome' | 'header' | 'open' = 'mechanisms'
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      if (said === 'mechanisms' && received.length > SASL.length) {
        said = 'outcome'
        socket.write(AUTHENTICATED)
      } else if (said === 'outcome' && received.includes(HEADER)) {
        said = 'header'
        socket.write(HEADER)
      } else if (said === 'header' && bytes.equals(EMPTY_FRAME)) {
        said = 'open'
        socket.write(OPEN)
      }
    })
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

it('a broker whose open waits behind its header is answered at once', async () => {
  const connection = await connect(`amqp://127.0.0.1:${await holdsBackItsOpen()}`, {
    failover: false,
    connectTimeout: 2_000,
    closeTimeout: 10,
  })
  expect(connection.state).toBe('connected')
  await connection.close()
})
