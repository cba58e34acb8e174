import { randomUUID } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { type Connection, connect } from 'polymq'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type BusReading,
  bodyOf,
  CITY_MINUTE,
  type EndMark,
  SHOWN,
  STOPS,
  topicsOf,
} from '../../examples/smart-city/city.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { launchChromium } from '../browser/chromium.ts'
import { runExample } from './run-example.ts'
import { addressesOf, type City, PROGRAM, startCity } from './run-smart-city.ts'

const SMALL = ['--sensors', '120', '--connections', '6', '--interval', '400', '--seconds', '6']
const ROUGH = ['--outage-every', '2', '--longest-outage', '800', '--latency', '60']
const STOPPED = 'The sensors have ended'

describe.each(['rabbitmq', 'artemis'] as const)('the smart city on %s', (product) => {
  const broker = injectedBroker(product)

  describe.skipIf(broker === undefined)('on a poor link', { timeout: 60_000 }, () => {
    const name = `city-${randomUUID().slice(0, 8)}`
    /** What each bus said last, as somebody else hears it. */
    const buses = new Map<string, BusReading>()
    const heard = new Set<string>()
    let connection: Connection
    let city: City
    let browser: Browser
    let page: Page

    beforeAll(async () => {
      if (broker === undefined) return
      connection = await connect(broker.uri('amqp'), { prefetch: 1_000 })
      await connection.consume(topicsOf(name).readingsOf('bus'), (message) => {
        const reading = bodyOf(message) as BusReading | EndMark
        if (reading.kind === 'end') return
        heard.add(`${reading.sensor} ${reading.n}`)
        if (reading.n > (buses.get(reading.sensor)?.n ?? 0)) buses.set(reading.sensor, reading)
      })
      browser = await launchChromium()
      city = await startCity([...addressesOf(broker), ...SMALL, ...ROUGH, '--name', name])
      page = await browser.newPage()
      await page.goto(city.address)
    })

    afterAll(async () => {
      await browser?.close()
      const status = await city?.stop()
      await connection?.close()
      expect(status).toBe(broker === undefined ? undefined : 0)
    })

    it('shows boards while readings come', async () => {
      await page.getByRole('status').getByText('Live from').waitFor()
      await page.getByRole('region').locator('li:not([data-bus=""])').first().waitFor()
      await page
        .locator('#bus')
        .getByText(/^[1-9][\d,]* delivered/)
        .waitFor()
    })

    it('loses nothing of QoS 1, and of QoS 0 only what was on its way when the link went', async () => {
      const { verdict, figures } = await city.table()
      const [air = 0, bus = 0] = figures('sent')
      const [airDelivered = 0, busDelivered] = figures('delivered')
      const [airLost = 0, busLost] = figures('lost')
      expect(Math.min(air, bus)).toBeGreaterThan(300)
      expect({ busDelivered, busLost }).toEqual({ busDelivered: bus, busLost: 0 })
      expect(airDelivered + airLost).toBe(air)
      expect(airLost).toBeGreaterThan(0)
      expect(figures('lost without an outage')).toEqual([0, 0])
      expect(verdict).toContain('Nothing with QoS 1 was lost')
      expect(verdict).toContain('senders gave up 0 readings')
      await expect.poll(() => heard.size).toBe(bus)
    })

    it('tells the page the same figures as the table', async () => {
      const { figures } = await city.table()
      await page.getByRole('status').getByText(STOPPED).waitFor()
      for (const [column, id] of ['#air', '#bus'].entries()) {
        const shown = (await page.locator(id).textContent())
          ?.match(/\d[\d,]*/g)
          ?.map((text) => text.replaceAll(',', ''))
        const late = figures('late, more than 1,000 ms')[column]
        expect(shown?.map(Number)).toEqual([figures('delivered')[column], late, figures('lost')[column]])
      }
    })

    it('shows on each board the next buses, as they have said it last', async () => {
      await page.getByRole('status').getByText(STOPPED).waitFor()
      for (const stop of STOPS) {
        const board = page.getByRole('region', { name: stop, exact: true })
        const at = Number(await board.getAttribute('data-at'))
        const next = [...buses.values()]
          .filter((bus) => bus.stop === stop && bus.due >= at)
          .sort((a, b) => a.due - b.due)
          .slice(0, SHOWN)
        const rows = await board.locator('li:not([data-bus=""])').allTextContents()
        expect(rows, stop).toEqual(next.map(({ line, to, due }) => `${line}${to}${whenOf(due - at)}`))
      }
    })
  })

  it.skipIf(broker === undefined)('loses nothing while links stay up', { timeout: 60_000 }, async () => {
    if (broker === undefined) return
    const options = ['--sensors', '60', '--connections', '3', '--interval', '300', '--seconds', '3', '--latency', '20']
    const { exitCode, stdout, stderr } = await runExample(PROGRAM, [
      ...addressesOf(broker),
      ...options,
      ...['--outage-every', '0'],
    ])
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toMatch(/^lost +0 +0$/m)
    expect(stdout).toMatch(/^delivered again +0 +0$/m)
    expect(stdout).toContain('Nothing was lost. There were 0 outages on 3 connections')
    expect(stdout).toMatch(/^60 sensors, and the link +[1-9]\d* +[1-9]\d*$/m)
  })

  it.skipIf(broker === undefined)('says in one line that a password is wrong, without printing it', async () => {
    const addresses = addressesOf(broker as NonNullable<typeof broker>)
    const wrong = addresses.map((text) =>
      text.startsWith('mqtt://') ? text.replace(/:[^:@]+@/, ':not-the-one@') : text,
    )
    const { exitCode, stdout, stderr } = await runExample(PROGRAM, [...wrong, '--sensors', '4', '--connections', '2'])
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' })
    expect(stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(stderr).toContain('password')
    expect(stderr).toContain(`no way to 127.0.0.1:${broker?.port('mqtt')}, through the link: `)
    expect(stderr).not.toContain('not-the-one')
  })
})

describe('the options of the smart city', () => {
  it.each([
    [['--sensors', 'many'], '--sensors takes a whole number from 2 to 100000, not many'],
    [['--product', 'activemq'], '--product takes rabbitmq or artemis, not activemq'],
    [['--broker', 'amqp://localhost'], '--broker, --mqtt and --web-socket go together'],
  ])('are told apart: %s', async (args, reason) => {
    const { exitCode, stderr } = await runExample(PROGRAM, args)
    expect(exitCode).toBe(1)
    expect(stderr).toContain(reason)
  })

  it('send no password to another machine in plaintext', async () => {
    const addresses = ['--broker', 'amqps://city.example', '--web-socket', 'mqtt+wss://city.example/ws']
    const { exitCode, stderr } = await runExample(PROGRAM, [...addresses, '--mqtt', 'mqtt://bus:secret@city.example'])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('use mqtts://, or --allow-plaintext')
    expect(stderr).not.toContain('secret')
  })
})

function whenOf(ms: number): string {
  return ms < CITY_MINUTE ? 'now' : `${Math.floor(ms / CITY_MINUTE)} min`
}
