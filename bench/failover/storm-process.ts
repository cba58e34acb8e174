/**
 * A part of the connections of reconnect-storm: `fork(storm-process.ts, [URI, QUEUE, COUNT])`. Says `ready` when all are there;
 * told `watch`, it answers with a {@link Storm} when all were lost and are there again.
 */
import { type Connection, connect, type Producer, queue } from 'polymq'
import { pipelined } from '../harness.ts'

/** What a process has seen; times in ms since the epoch. */
export interface Storm {
  /** When each attempt began, of each connection. */
  readonly attempts: readonly (readonly number[])[]
  /** When each connection was there again. */
  readonly resumed: readonly number[]
  /** µs of all threads, from `watch` on. */
  readonly cpu: number
}

/** A connection that is used: what comes back must be a producer that sends. */
interface Member {
  readonly connection: Connection
  readonly producer: Producer
}

const OPENED_AT_A_TIME = 20

const [uri = '', name = '', count] = process.argv.slice(2)
const members: Member[] = []
await pipelined(Number(count), OPENED_AT_A_TIME, async () => {
  const connection = await connect(uri)
  const producer = await (await connection.createSession()).createProducer(queue(name))
  await producer.send('before')
  members.push({ connection, producer })
})
process.once('message', () => void watch())
process.send?.('ready')

async function watch(): Promise<void> {
  const before = process.cpuUsage()
  const watched = members.map(({ connection }) => watchOne(connection))
  const resumed = await Promise.all(watched.map((one) => one.resumed))
  const { user, system } = process.cpuUsage(before)
  await pipelined(members.length, OPENED_AT_A_TIME, (index) => members[index]?.producer.send('after'))
  const storm: Storm = { attempts: watched.map(({ attempts }) => attempts), resumed, cpu: user + system }
  process.send?.(storm, () => process.exit())
}

function watchOne(connection: Connection): { readonly attempts: number[]; readonly resumed: Promise<number> } {
  const attempts: number[] = []
  connection.on('reconnecting', ({ delay }) => attempts.push(Date.now() + delay))
  return { attempts, resumed: new Promise((resolve) => connection.once('resumed', () => resolve(Date.now()))) }
}
