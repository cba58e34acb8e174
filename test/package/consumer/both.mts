/** The ESM and the CommonJS build loaded by one process. */
import { createRequire } from 'node:module'
import * as esm from 'polymq'

const cjs = createRequire(import.meta.url)('polymq') as typeof esm
const failure: unknown = await cjs.connect('memry:packed').catch((error: unknown) => error)
const sender = await esm.connect('memory:shared')
await sender.send(esm.queue('q'), 'from ESM')
const receiver = await cjs.connect('memory:shared')
const consumer = await (await receiver.createSession()).createConsumer(cjs.queue('q'))
const message = await consumer.receive({ timeout: 1_000 })
await Promise.all([sender.close(), receiver.close()])
console.log(JSON.stringify([failure instanceof esm.InvalidUriError, esm.connect === cjs.connect, message?.body]))
