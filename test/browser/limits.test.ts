import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConnectOptions } from '../../src/index.ts'
import { openPlayground, type Playground } from './playground.ts'

const AMAZON = 'b-1234a5b6-78cd-901e-2fgh-3i45j6k17819'.replace(/[g-z]/g, 'f')

let playground: Playground
let page: Page
let securePlayground: Playground
let securePage: Page

beforeAll(async () => {
  playground = await openPlayground()
  page = await playground.open()
  securePlayground = await openPlayground(true, '--ignore-certificate-errors')
  securePage = await securePlayground.open()
})
afterAll(async () => {
  await playground?.close()
  await securePlayground?.close()
})

interface Refusal {
  readonly name: string
  readonly code: string
  readonly option: string | undefined
  readonly message: string
}

/** What `connect()` rejects with in a page. */
async function refusal(uri: string, options: ConnectOptions = {}, on: Page = page): Promise<Refusal> {
  const call = { uri, options }
  return await on.evaluate(async ({ uri, options }) => {
    const error: Refusal = await polymq.connect(uri, options).then(
      () => ({ name: 'connected' }),
      (reason) => reason,
    )
    return { name: error.name, code: error.code, option: error.option, message: error.message }
  }, call)
}

describe('in a browser, connect() refuses at once', () => {
  it.each([
    ['amqp://127.0.0.1', /WebSockets only; use amqp\+ws:\/\/127\.0\.0\.1:PORT/],
    ['amqps://broker.example.com', /WebSockets only; use amqp\+wss:\/\/broker\.example\.com:PORT/],
    ['amqp+ssl://broker.example.com:5671', /use amqp\+wss:\/\/broker\.example\.com:PORT/],
    ['failover:(amqp+wss://a.example.com,amqps://b.example.com)', /amqps:\/\/b\.example\.com cannot be reached/],
    [`amqp+ssl://${AMAZON}-1.mq.eu-central-1.amazonaws.com:5671`, /amqp\+wss:\/\/b-[\w-]+\.mq\.[\w.-]+:61619/],
    [`amqps://${AMAZON}.mq.eu-central-1.amazonaws.com:5671`, /Amazon MQ for RabbitMQ has no WebSocket endpoint/],
    ['stomp://127.0.0.1', /WebSockets only; use stomp\+ws:\/\/127\.0\.0\.1:PORT/],
    ['stomps://broker.example.com:61614', /use stomp\+wss:\/\/broker\.example\.com:PORT/],
    [`stomp+ssl://${AMAZON}-2.mq.eu-central-1.amazonaws.com:61614`, /stomp\+wss:\/\/b-[\w-]+\.mq\.[\w.-]+:61619/],
    [`stomps://${AMAZON}.mq.eu-central-1.amazonaws.com`, /Amazon MQ for RabbitMQ has no WebSocket endpoint/],
    [`wss://${AMAZON}.mq.eu-central-1.amazonaws.com:61619`, /Amazon MQ for RabbitMQ has no WebSocket endpoint/],
    [`ws://${AMAZON}.mq.eu-central-1.on.aws/ws`, /Amazon MQ for RabbitMQ has no WebSocket endpoint/],
    ['tcp://127.0.0.1:61616', /OpenWire, which needs TCP: .* a WebSocket, wss:\/\/HOST:61619/],
    ['ssl://broker.example.com:61617', /OpenWire, .* wss:\/\/HOST:61619/],
    ['mqtt://127.0.0.1', /WebSockets only; use mqtt\+ws:\/\/127\.0\.0\.1:PORT/],
    ['mqtts://broker.example.com:8883', /use mqtt\+wss:\/\/broker\.example\.com:PORT/],
    [`mqtt+ssl://${AMAZON}-1.mq.eu-central-1.amazonaws.com:8883`, /mqtt\+wss:\/\/b-[\w-]+\.mq\.[\w.-]+:61619/],
    [`amqp+wss://${AMAZON}.mq.eu-central-1.on.aws`, /Amazon MQ for RabbitMQ has no WebSocket endpoint/],
  ])('%s, naming what to use', async (uri, reason) => {
    const { name, code, message } = await refusal(uri)
    expect(message).toMatch(reason)
    expect([name, code]).toEqual(['InvalidUriError', 'ERR_INVALID_URI'])
  })

  it.each([
    ['ca', { ca: 'PEM' }, /import its authority into the browser/],
    ['cert', { cert: 'PEM', key: 'PEM' }, /import the client certificate into the browser/],
    ['passphrase', { passphrase: 'x' }, /import the client certificate/],
    ['rejectUnauthorized', { rejectUnauthorized: false }, /a certificate that browsers trust/],
    ['minVersion', { minVersion: 'TLSv1.3' as const }, /configure the broker/],
    ['servername', { servername: 'x' }, /configure the broker/],
  ])('the option tls.%s', async (option, tls, reason) => {
    const refused = await refusal('amqp+wss://broker.example.com', { tls })
    expect(refused).toMatchObject({ name: 'InvalidOptionError', option: `tls.${option}` })
    expect(refused.message).toMatch(reason)
  })

  it('plaintext that leaves the machine, as everywhere', async () => {
    expect(await refusal('amqp+ws://broker.example.com')).toMatchObject({ option: 'allowPlaintext' })
  })

  it('plaintext for a page of https:, which no option permits', async () => {
    const { name, message } = await refusal('amqp+ws://broker.example.com', { allowPlaintext: true }, securePage)
    expect(name).toBe('InvalidUriError')
    expect(message).toMatch(/page of https:; use amqp\+wss/)
    const short = await refusal('ws://broker.example.com', { allowPlaintext: true }, securePage)
    expect(short.message).toMatch(/page of https:; use stomp\+wss/)
  })
})

describe('in a browser, connect()', () => {
  it('takes TLS settings that every browser has anyway', async () => {
    const tls = { rejectUnauthorized: true, minVersion: 'TLSv1.2' as const }
    expect(await refusal('amqp+wss://127.0.0.1:1', { tls })).toMatchObject({ name: 'ConnectionError' })
  })

  it('says what it can be when nothing answers: browsers do not tell', async () => {
    const { name, message } = await refusal('amqp+ws://127.0.0.1:1/path')
    expect(name).toBe('ConnectionError')
    expect(message).toMatch(/the browser does not tell why .* listens for WebSockets at this port and path/)
  })

  it('has errors that instanceof and their names tell, though the page is minified', async () => {
    const told = await page.evaluate(async () => {
      const error = await polymq.connect('amqp://127.0.0.1').catch((reason: unknown) => reason)
      return [error instanceof polymq.InvalidUriError, error instanceof polymq.MessagingError, String(error)]
    })
    expect(told).toEqual([true, true, expect.stringMatching(/^InvalidUriError: amqp:\/\/127\.0\.0\.1 cannot be/)])
  })
})
