/** Starts a broker unless there is one, the boards, the page and the sensors, and tells at the end what arrived. */

import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Connection } from 'polymq'
import { addressOf, serveSite } from '../site.ts'
import { Boards } from './boards.ts'
import { memoryNow } from './memory.ts'
import { type Addresses, HELP, type Options, readOptions } from './options.ts'
import type { PageSettings } from './page/settings.ts'
import { lossesOf, report } from './report.ts'
import type { FromSensors, SensorsSettings, ToSensors } from './sensors.ts'

/** ms that the last readings may take when the sensors are done. */
const AFTERWARDS = 20_000

type Finished = Extract<FromSensors, { readonly what: 'finished' }>

const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort())

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  },
)

async function main(): Promise<number> {
  const options = readOptions()
  if (options === undefined) {
    console.log(HELP)
    return 0
  }
  await using cleanUp = new AsyncDisposableStack()
  const { addresses, end } =
    options.addresses === undefined
      ? await startContainer(options.product)
      : { addresses: options.addresses, end: undefined }
  if (end !== undefined) cleanUp.defer(end)
  return await run(options, addresses, cleanUp)
}

async function run(options: Options, addresses: Addresses, cleanUp: AsyncDisposableStack): Promise<number> {
  const name = options.name ?? `polymq-city-${randomUUID().slice(0, 8)}`
  const { lateAfter, allowPlaintext, weather, sensors, connections, interval } = options
  const boards = await Boards.open({ run: name, broker: addresses.amqp, allowPlaintext, lateAfter })
  cleanUp.defer(() => boards.close())
  const trouble = troubleOf(boards.connection)
  const pageSettings: PageSettings = { broker: addresses.webSocket, run: name }
  const site = await serveSite(new URL('page/', import.meta.url), pageSettings, options.port)
  cleanUp.defer(() => void site.close())
  const { child, started } = startSensors({
    run: name,
    broker: addresses.mqtt,
    sensors,
    connections,
    interval,
    weather,
  })
  cleanUp.defer(() => void child.kill('SIGKILL'))
  await Promise.race([started, trouble])
  const { product, version } = boards.connection.peer
  say(
    `${sensors} sensors on ${connections} connections publish by MQTT, the boards take it by AMQP, on ${product} ${version}. ` +
      `The boards: ${addressOf(site)}`,
  )
  await Promise.race([timeOrStop(options.seconds), trouble, failureOf(child)])
  say('The sensors have ended; waiting for what is on its way.')
  const { reports, memory } = await Promise.race([finish(child), trouble])
  const found = { reports, ledger: boards.ledger, onTheWay: weather.latency + weather.jitter }
  await Promise.race([boards.marked(connections, () => lossesOf(found).lost.bus === 0, AFTERWARDS), trouble])
  const losses = lossesOf(found)
  await boards.end(losses.lost)
  const { text, holds } = report({ ...found, lateAfter, memory: { sensors: memory, boards: memoryNow() } }, losses)
  console.log(text)
  if (options.keep && !stop.signal.aborted) {
    say(`The page stays, until Ctrl-C: ${addressOf(site)}`)
    await Promise.race([once(stop.signal, 'abort'), trouble])
  }
  return holds ? 0 : 1
}

async function startContainer(
  product: Options['product'],
): Promise<{ addresses: Addresses; end: () => Promise<void> }> {
  say(`Starting ${product === 'rabbitmq' ? 'RabbitMQ' : 'ActiveMQ Artemis'} in a container …`)
  const { startBroker } = await import('../../test/brokers/index.ts')
  const broker = await startBroker(product, { keep: false }).catch(async (error: Error) => {
    if (!error.message.includes('test/brokers/setup.sh')) throw error
    say('Its image has to be made first, which takes some minutes, once.')
    const setUp = fileURLToPath(new URL('../../test/brokers/setup.sh', import.meta.url))
    await once(spawn('bash', [setUp], { stdio: ['ignore', 'inherit', 'inherit'] }), 'exit')
    return startBroker(product, { keep: false })
  })
  const addresses = { amqp: broker.uri('amqp'), mqtt: broker.uri('mqtt'), webSocket: broker.uri('mqtt-ws') }
  return { addresses, end: () => broker.stop() }
}

function startSensors(settings: SensorsSettings): { readonly child: ChildProcess; readonly started: Promise<unknown> } {
  const child = fork(fileURLToPath(new URL('sensors.ts', import.meta.url)))
  // At the end it is killed, which is no news then.
  const started = Promise.race([newsFrom(child, 'started'), failureOf(child)])
  order(child, { do: 'start', settings })
  return { child, started }
}

async function finish(child: ChildProcess): Promise<Finished> {
  order(child, { do: 'finish' })
  return await Promise.race([newsFrom(child, 'finished'), failureOf(child)])
}

function order(child: ChildProcess, what: ToSensors): void {
  child.send(what)
}

function newsFrom<W extends FromSensors['what']>(
  child: ChildProcess,
  what: W,
): Promise<Extract<FromSensors, { readonly what: W }>> {
  return new Promise((resolve) => {
    child.on('message', (news: FromSensors) => {
      if (news.what === what) resolve(news as Extract<FromSensors, { readonly what: W }>)
    })
  })
}

function failureOf(child: ChildProcess): Promise<never> {
  const failure = Promise.race([
    newsFrom(child, 'failed').then(({ reason }) => Promise.reject<never>(new Error(reason))),
    once(child, 'exit').then(([code]) => Promise.reject<never>(new Error(`the sensors have ended with ${code}`))),
  ])
  failure.catch(() => {})
  return failure
}

/** The boards' connection, which is a good one, goes on by itself; only its end is the end. */
function troubleOf(connection: Connection): Promise<never> {
  connection.on('error', (error) => say(error.message))
  connection.on('interrupted', (error) => say(`The broker is lost: ${error.message}`))
  connection.on('resumed', ({ endpoint }) => say(`Connected again, to ${endpoint}.`))
  const trouble = new Promise<never>((_, reject) => connection.once('closed', (error) => error && reject(error)))
  trouble.catch(() => {})
  return trouble
}

async function timeOrStop(seconds: number): Promise<void> {
  if (stop.signal.aborted) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, seconds * 1_000)
    stop.signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/** One line, however many the text has. */
function say(text: string): void {
  console.error(`smart-city: ${text.replace(/\s*\n\s*/g, ' ')}`)
}
