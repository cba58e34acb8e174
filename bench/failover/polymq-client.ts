/**
 * polymq for failover-time: `node polymq-client.ts URI QUEUE PACE`. Sends one persistent message at a time, receives
 * them, and prints `lost`, `confirmed` or `delivered` with the ms since the epoch at which it happened. Ends with its
 * standard input.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { connect, queue } from 'polymq'

const [uri = '', name = '', pace] = process.argv.slice(2)
process.stdin.resume().on('end', () => process.exit())

const connection = await connect(uri)
connection.on('interrupted', () => stamp('lost'))
const orders = queue(name)
const consumer = await (await connection.createSession()).createConsumer(orders)
consumer.listen(() => stamp('delivered'))
const producer = await (await connection.createSession()).createProducer(orders)
for (;;) {
  await producer.send('order')
  stamp('confirmed')
  await pause(Number(pace))
}

function stamp(event: string): void {
  process.stdout.write(`${event} ${Date.now()}\n`)
}
