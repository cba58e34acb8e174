import { type Connection, type ConnectOptions, connect } from 'polymq'
import { DELIVERY, type EndMark, type Reading, type SensorKind, topicsOf } from './city.ts'
import { type Outage, PoorLink, type Weather } from './poor-link.ts'
import { type Sensor, sensorNumbered } from './simulated.ts'

export interface GatewaySettings {
  readonly number: number
  readonly run: string
  /** `mqtt://` or `mqtts://` of the broker. */
  readonly broker: string
  /** Numbers of the sensors that share this connection. */
  readonly sensors: readonly number[]
  /** ms between two readings of a sensor. */
  readonly interval: number
  readonly weather: Weather
}

/** What one connection has sent. */
export interface Journal {
  readonly kind: SensorKind
  readonly connection: number
  readonly sensor: string
  /** When each reading was taken, in the order of their numbers. */
  readonly at: readonly number[]
}

export interface GatewayReport {
  readonly journals: readonly Journal[]
  readonly outages: readonly Outage[]
  /** Readings that the library gave up, which it tells. */
  readonly refused: number
}

/** ms that a reading may wait for the network. */
const PATIENCE = 60_000

/** A connection over a poor link, and the sensors that share it. */
export class Gateway {
  readonly #settings: GatewaySettings
  readonly #link: PoorLink
  readonly #connection: Connection
  readonly #sensors: readonly Sensor[]
  readonly #journals: ReadonlyMap<string, { readonly kind: SensorKind; readonly at: number[] }>
  readonly #pending = new Set<Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #refused = 0

  private constructor(settings: GatewaySettings, link: PoorLink, connection: Connection) {
    this.#settings = settings
    this.#link = link
    this.#connection = connection
    this.#sensors = settings.sensors.map(sensorNumbered)
    this.#journals = new Map(this.#sensors.map(({ name }) => [name, { kind: kindOf(name), at: [] }]))
    connection.on('resumed', () => link.resumed())
  }

  static async open(settings: GatewaySettings): Promise<Gateway> {
    const { hostname, port, protocol } = new URL(settings.broker)
    const isTls = protocol !== 'mqtt:'
    const host = hostname.replace(/^\[|\]$/g, '')
    const target = Number(port || (isTls ? 8883 : 1883))
    const link = await PoorLink.to(host, target, settings.weather)
    try {
      return new Gateway(settings, link, await connect(throughLink(settings.broker, link), optionsFor(host, isTls)))
    } catch (error) {
      await link.close()
      // The library knows the link's address only.
      throw new Error(`no way to ${hostname}:${target}, through the link: ${(error as Error).message}`, {
        cause: error,
      })
    }
  }

  /** Sensors take turns, so that there is no timer for each; a busy machine makes readings late, not fewer. */
  start(): void {
    const step = this.#settings.interval / this.#sensors.length
    const started = performance.now()
    let next = 0
    this.#timer = setInterval(() => {
      for (const due = (performance.now() - started) / step; next < due; next += 1) {
        const sensor = this.#sensors[next % this.#sensors.length]
        if (sensor !== undefined) this.#publish(sensor.read())
      }
    }, step)
    this.#link.roughen()
  }

  /** Resolves when the broker has all that it will get. */
  async finish(): Promise<GatewayReport> {
    clearInterval(this.#timer)
    this.#link.calm()
    await Promise.all(this.#pending)
    // The first is confirmed, so there is a connection, which does not break any more; the last one tells that the second is there.
    for (const kind of ['bus', 'air', 'bus'] as const) await this.#mark(kind)
    await this.#connection.close()
    await this.#link.close()
    const connection = this.#settings.number
    const journals = [...this.#journals].map(([sensor, { kind, at }]) => ({ sensor, kind, connection, at }))
    return { journals, outages: this.#link.outages, refused: this.#refused }
  }

  /** Does not wait: what the network does not take now, the connection keeps. */
  #publish(reading: Reading): void {
    this.#journals.get(reading.sensor)?.at.push(reading.at)
    const sent = this.#send(reading).then(
      () => {},
      () => {
        this.#refused += 1
      },
    )
    this.#pending.add(sent)
    void sent.then(() => this.#pending.delete(sent))
  }

  async #mark(of: SensorKind): Promise<void> {
    await this.#send({ kind: 'end', of, connection: this.#settings.number })
  }

  #send(message: Reading | EndMark): Promise<void> {
    const deliveryMode = DELIVERY[message.kind === 'end' ? message.of : message.kind]
    return this.#connection.send(topicsOf(this.#settings.run).of(message), message, { deliveryMode })
  }
}

function throughLink(broker: string, link: PoorLink): string {
  const uri = new URL(broker)
  uri.hostname = '127.0.0.1'
  uri.port = String(link.port)
  return uri.href
}

function optionsFor(host: string, isTls: boolean): ConnectOptions {
  return {
    sendTimeout: PATIENCE,
    failover: { initialReconnectDelay: 100, maxReconnectDelay: 1_000 },
    // The link is on this machine, the certificate is the broker's.
    ...(isTls ? { tls: { servername: host } } : {}),
  }
}

function kindOf(sensor: string): SensorKind {
  return sensor.startsWith('bus') ? 'bus' : 'air'
}
