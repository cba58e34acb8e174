import { afterEach, expect, it } from 'vitest'
import { type Connection, connect, topic } from '../../src/index.ts'
import { soon } from '../conformance/waiting.ts'
import { ScriptedBroker } from '../unit/mqtt/scripted-broker.ts'

const opened: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** One that takes a DISCONNECT and does not end the connection. */
async function broker(): Promise<ScriptedBroker> {
  const one = await ScriptedBroker.listen(({ cmd }) => cmd === 'disconnect')
  opened.push(one)
  return one
}

function client(to: ScriptedBroker): Promise<Connection> {
  return connect(to.uri, { failover: false, closeTimeout: 10_000, heartbeat: 0 })
}

it('a connection of MQTT lets the broker end it, which may take an end for a loss, and publish the last will', async () => {
  const one = await broker()
  const [leaving, other] = [await client(one), await client(one)]
  const [peer] = one.clients
  const closed = leaving.close()
  await one.next('disconnect')
  // Whatever the first one has written after it is here by then.
  await other.send(topic('news'), 'round trip')
  expect(peer?.hasEnded).toBe(false)
  for (const each of one.clients) each.cut()
  await soon(closed, 'the end of close()')
})

it('a broker that does not end it is not waited for', async () => {
  const one = await broker()
  const leaving = await client(one)
  const closed = leaving.close()
  await soon(one.client.ended, 'the end by the client')
  one.client.cut()
  await soon(closed, 'the end of close()')
})
