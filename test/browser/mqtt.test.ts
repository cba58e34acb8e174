import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TlsFront } from '../amqp10/tls-front.ts'
import { injectedBrokers } from '../brokers/injected.ts'
import { openPage } from './chromium.ts'
import { openPlayground, type Playground } from './playground.ts'
import { htmlWith, serve } from './site.ts'

const brokers = injectedBrokers('mqtt-ws')

let playground: Playground

beforeAll(async () => {
  playground = await openPlayground(false, '--ignore-certificate-errors')
})
afterAll(() => playground?.close())

/** Runs in a page or a worker: publishes and hears, asks and is answered where MQTT 5 is spoken. */
async function exchange(uri: string): Promise<unknown> {
  const { connect, topic, mapMessage, byte, bytesMessage } = polymq
  const connection = await connect(uri)
  const { protocol, endpoint } = connection.peer
  const news = topic(`browser.mqtt.${Math.random()}`)
  const consumer = await (await connection.createSession()).createConsumer(news)
  await connection.send(news, mapMessage({ small: byte(7) }))
  await connection.send(news, bytesMessage(new Uint8Array(200_000).fill(9)))
  const map = (await consumer.receive({ timeout: 10_000 }))?.body
  const bytes = (await consumer.receive({ timeout: 10_000 }))?.body as Uint8Array
  await connection.reply(topic(`${news.name}.asked`), ({ body }) => `${body}!`)
  const answer = await connection.request(topic(`${news.name}.asked`), 'who', { timeout: 10_000 })
  await connection.close()
  return { map, bytes: bytes.filter((byte) => byte === 9).length, answer: answer.body, protocol, endpoint }
}

const outcome = (endpoint: string): unknown => ({
  map: { small: 7 },
  bytes: 200_000,
  answer: 'who!',
  protocol: 'mqtt',
  endpoint,
})

describe.each(brokers.map((broker) => [broker.name, broker] as const))('over MQTT on %s', (_, broker) => {
  // ActiveMQ Classic speaks 3.1.1 only.
  const query = broker.name === 'activemq' ? '?mqtt.envelope=json' : ''
  const uri = broker.uri('mqtt-ws') + query
  const endpoint = `mqtt+ws://127.0.0.1:${broker.port('mqtt-ws')}`

  it('a page exchanges messages over TLS, which the browser does', async () => {
    const front = await TlsFront.before(broker.port('mqtt-ws'))
    const page = await playground.open()
    const secure = uri.replace('mqtt+ws:', 'mqtt+wss:').replace(`:${broker.port('mqtt-ws')}`, `:${front.port}`)
    expect(await page.evaluate(exchange, secure)).toEqual(outcome(`mqtt+wss://127.0.0.1:${front.port}`))
    await page.close()
    front.close()
  })

  it('a web worker exchanges messages', async () => {
    const page = await playground.open()
    const call = [`(${exchange})`, uri]
    const result = page.evaluate(`new Promise((resolve, reject) => {
      const worker = new Worker('/worker.js', { type: 'module' })
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = ({ message }) => reject(new Error(message))
      worker.postMessage(${JSON.stringify(call)})
    })`)
    expect(await result).toEqual(outcome(endpoint))
    await page.close()
  })

  it('a page with the script tag exchanges messages, and loads the file for MQTT when it is first used', async () => {
    const files = ['/polymq.min.js', '/polymq-mqtt.min.js']
    const scripts = Object.fromEntries(files.map((file) => [file, readFileSync(`dist${file}`)]))
    const site = await serve({ '/': htmlWith('<script src="/polymq.min.js"></script>'), ...scripts })
    const { page, errors } = await openPage(playground.browser, site.origin)
    expect(await page.evaluate(exchange, uri)).toEqual(outcome(endpoint))
    expect(site.requests.filter((path) => path !== '/favicon.ico')).toEqual(['/', ...files])
    expect(errors).toEqual([])
    await page.close()
    await site.close()
  })

  it('a page is told of a wrong password', async () => {
    const page = await playground.open()
    const wrong = broker.uri('mqtt-ws', { ...broker, password: 'wrong' })
    const name = await page.evaluate((target) => polymq.connect(target).catch((error: Error) => error.name), wrong)
    expect(name).toBe('AuthenticationError')
    await page.close()
  })
})
