/**
 * A process that is frozen by its test: `node frozen-client.ts URI NUMBERS ORDERS` sends numbered messages to the queue
 * NUMBERS and consumes from ORDERS, until a line comes on standard input; then it tells what has happened.
 */

import { once } from 'node:events'
import { connect, queue } from '../../src/index.ts'

/** What the process tells at its end. */
export interface Report {
  readonly confirmed: readonly number[]
  readonly refused: readonly string[]
  readonly interruptions: number
  readonly attempts: number
}

const PACE = 5

const [uri = '', numbers = '', orders = ''] = process.argv.slice(2)
const confirmed: number[] = []
const refused: string[] = []
let interruptions = 0
let attempts = 0

const connection = await connect(uri, { heartbeat: 1_000, failover: { initialReconnectDelay: 10 } })
connection.on('interrupted', () => {
  interruptions += 1
})
connection.on('reconnecting', () => {
  attempts += 1
})
await connection.consume(queue<string>(orders), ({ body }) => tell(`received ${body}`))
const producer = await (await connection.createSession()).createProducer(queue<string>(numbers))

const calls: Promise<void>[] = []
const timer = setInterval(() => {
  const number = calls.length
  calls.push(
    producer.send(String(number)).then(
      () => {
        confirmed.push(number)
        if (number === 50) tell('ready')
      },
      (error) => void refused.push(String(error)),
    ),
  )
}, PACE)

await once(process.stdin, 'data')
clearInterval(timer)
await Promise.all(calls)
await connection.close()
tell(JSON.stringify({ confirmed, refused, interruptions, attempts } satisfies Report))
process.stdin.destroy()

function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}
