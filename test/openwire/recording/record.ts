/**
 * Records `../vectors.json`: frames between Java's activemq-client and ActiveMQ Classic, in the loose encoding without
 * cache, which polymq speaks. Needs `test/brokers/setup.sh` once:
 *
 *     node test/openwire/recording/record.ts
 */

import { execFileSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { type Broker, startBroker } from '../../brokers/index.ts'
import { activemqClient, type JavaClient } from '../../interop/java-clients.ts'
import { JavaPeer } from '../../interop/java-peer.ts'
import type { Vector } from '../vectors.ts'
import { readFrame } from './frame-reader.ts'
import { type Frame, RecordingProxy } from './proxy.ts'
import { type Scenario, scenarios } from './scenarios.ts'

const FILE = fileURLToPath(new URL('../vectors.json', import.meta.url))

const WIRE = 'wireFormat.tightEncodingEnabled=false&wireFormat.cacheEnabled=false&wireFormat.stackTraceEnabled=false'
/** Without them ids begin with the name of this machine. */
const IDS = 'jms.connectionIDPrefix=ID:recorded&jms.clientIDPrefix=ID:client'

const plain: JavaClient = {
  ...activemqClient,
  uri: (address, settings) => `tcp://${address}?${WIRE}&${IDS}&${settings}`,
}
const byFailover: JavaClient = {
  ...activemqClient,
  uri: (address, settings) => `failover:(tcp://${address}?${WIRE})?${IDS}&${settings}`,
}

const broker = await startBroker('activemq', { keep: false })
try {
  const vectors = await record(broker)
  await writeFile(FILE, JSON.stringify(vectors))
  execFileSync('npx', ['biome', 'format', '--write', FILE])
  console.log(`${vectors.length} vectors are in ${FILE}`)
} finally {
  await broker.stop()
}

async function record(broker: Broker): Promise<Vector[]> {
  const port = broker.port('openwire')
  await using proxy = await RecordingProxy.to(broker.host, port)
  const target = { ...broker, port: () => proxy.port }
  await using java = await JavaPeer.start(plain, target)
  await using failover = await JavaPeer.start(byFailover, target)
  const conceal = await concealing(broker)
  const vectors: Vector[] = []
  for (const scenario of scenarios) {
    console.log(scenario.name)
    const peer = scenario.failover === true ? failover : java
    await scenario.run(peer, () => proxy.cut())
    await peer.closeSessions()
    vectors.push(...vectorsOf(scenario, (await proxy.take()).map(conceal)))
  }
  return vectors
}

/** Names of machines become others of the same length. */
async function concealing(broker: Broker): Promise<(frame: Frame) => Frame> {
  const { output } = await broker.execute(['hostname'])
  const names = [output.trim(), hostname()].map((name) => [name, 'broker-host-name'.repeat(9).slice(0, name.length)])
  return ({ from, bytes }) => {
    const text = names.reduce((text, [name = '', other = '']) => text.replaceAll(name, other), bytes.toString('latin1'))
    return { from, bytes: Buffer.from(text, 'latin1') }
  }
}

function vectorsOf({ name, keep, message }: Scenario, frames: readonly Frame[]): Vector[] {
  const all = frames.map(({ from, bytes }) => ({ from, frame: bytes.toString('hex'), means: readFrame(bytes) }))
  return keep.flatMap((wish) => {
    const [from, command, count = '1'] = wish.split(' ')
    const found = all.filter((frame) => frame.from === from && frame.means.type === command)
    if (found.length === 0) throw new Error(`${name}: there was no ${wish}`)
    return found.slice(0, count === '*' ? undefined : Number(count)).map((frame, index) => ({
      name: `${name}: ${command}${index === 0 ? '' : ` ${index + 1}`} of the ${from}`,
      ...frame,
      ...(message !== undefined && carries(frame.means.type) && { message }),
    }))
  })
}

function carries(command: string): boolean {
  return command === 'MessageDispatch' || command.endsWith('Message')
}
