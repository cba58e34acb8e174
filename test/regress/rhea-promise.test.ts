import { once } from 'node:events'
import { createRequire } from 'node:module'
import type { AddressInfo, Server, Socket } from 'node:net'
import { setTimeout as passes } from 'node:timers/promises'
import { Connection } from 'rhea-promise'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/index.ts'

// biome-ignore lint/suspicious/noExplicitAny: rhea's types leave the server side out
const rhea: any = createRequire(import.meta.url)('rhea')

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** An AMQP peer that opens every connection, and drops the socket where it is asked to close one. */
async function dropsOnClose(): Promise<number> {
  const container = rhea.create_container()
  container.sasl_server_mechanisms.enable_plain(() => true)
  container.on('connection_close', (context: { connection: { socket: Socket } }) => {
    context.connection.socket.resetAndDestroy()
  })
  for (const event of ['error', 'disconnected', 'connection_error', 'protocol_error']) container.on(event, () => {})
  const server: Server = container.listen({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

describe('why connections are opened and closed with rhea itself, not with rhea-promise', () => {
  it('its close() never settles when the socket drops meanwhile; ours does', async () => {
    const port = await dropsOnClose()
    const theirs = new Connection({ host: '127.0.0.1', port, username: 'a', password: 'b', reconnect: false })
    await theirs.open()
    const closing = theirs.close().then(
      () => 'settled',
      () => 'settled',
    )
    expect(await Promise.race([closing, passes(1_500, 'pending')])).toBe('pending')

    const ours = await connect(`amqp://a:b@127.0.0.1:${port}`)
    await ours.close()
    expect(ours.state).toBe('closed')
  })

  it('it knows no coordinator, which transactions are made with', async () => {
    const port = await dropsOnClose()
    const connection = new Connection({ host: '127.0.0.1', port, username: 'a', password: 'b', reconnect: false })
    await connection.open()
    const members = new Set<string>()
    for (let each = connection as object; each !== Object.prototype; each = Object.getPrototypeOf(each) as object) {
      for (const name of Object.getOwnPropertyNames(each)) members.add(name)
    }
    expect([...members].filter((name) => /transaction|coordinator/i.test(name))).toEqual([])
    connection.removeAllListeners()
  })
})
