import { type Connection, connect, type ReceivedMessage } from 'polymq'
import {
  type AirReading,
  type Arrival,
  type Board,
  type BusReading,
  bodyOf,
  type EndMark,
  type Reading,
  type SensorKind,
  SHOWN,
  STOPS,
  type Totals,
  topicsOf,
} from './city.ts'
import { Ledger } from './ledger.ts'

export interface BoardsSettings {
  readonly run: string
  /** `amqp://` or `amqps://` of the broker. */
  readonly broker: string
  readonly allowPlaintext: boolean
  /** ms after which a reading is late. */
  readonly lateAfter: number
}

/** ms between two publications of all boards. */
const REFRESH = 1_000

/** The arrival boards: takes readings by AMQP, whatever they came by, and publishes what each stop shows. */
export class Boards {
  readonly ledger: Ledger
  readonly #connection: Connection
  readonly #topics: ReturnType<typeof topicsOf>
  /** What each sensor said last. */
  readonly #buses = new Map<string, BusReading>()
  readonly #air = new Map<string, AirReading>()
  readonly #marks = new Set<string>()
  readonly #timer: NodeJS.Timeout
  /** When the boards stopped, at the end of the run. */
  #stoppedAt: number | undefined
  #lost: Readonly<Record<SensorKind, number>> | undefined
  #onChange: () => void = () => {}

  private constructor(connection: Connection, settings: BoardsSettings) {
    this.ledger = new Ledger(settings.lateAfter)
    this.#connection = connection
    this.#topics = topicsOf(settings.run)
    this.#timer = setInterval(() => this.#publish().catch(() => {}), REFRESH)
  }

  static async open(settings: BoardsSettings): Promise<Boards> {
    const connection = await connect(settings.broker, {
      prefetch: 1_000,
      allowPlaintext: settings.allowPlaintext,
    })
    const boards = new Boards(connection, settings)
    await boards.#subscribe()
    return boards
  }

  get connection(): Connection {
    return this.#connection
  }

  /** One name for all stops and lines, by a wildcard; a broker with selectors tells the kinds apart by one, too. */
  async #subscribe(): Promise<void> {
    const { readings, readingsOf } = this.#topics
    const take = (message: ReceivedMessage): void => this.#take(bodyOf(message) as Reading | EndMark)
    if (this.#connection.capabilities.selectors === 'native') {
      for (const mode of ['PERSISTENT', 'NON_PERSISTENT']) {
        await this.#connection.consume(readings, take, { selector: `JMSDeliveryMode = '${mode}'` })
      }
    } else {
      for (const kind of ['bus', 'air'] as const) await this.#connection.consume(readingsOf(kind), take)
    }
  }

  /** Resolves to true when everything that a connection sent before its marks has been here; to false at the end of `patience`. */
  marked(connections: number, isComplete: () => boolean, patience: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), patience)
      this.#onChange = () => {
        if (this.#marks.size < 2 * connections || !isComplete()) return
        clearTimeout(timer)
        resolve(true)
      }
      this.#onChange()
    })
  }

  /** From now on they show how it was at this moment, and the totals what was lost. */
  async end(lost: Readonly<Record<SensorKind, number>>): Promise<void> {
    this.#stoppedAt = Date.now()
    this.#lost = lost
    await this.#publish()
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    await this.#connection.close()
  }

  #take(reading: Reading | EndMark): void {
    if (reading.kind === 'end') this.#marks.add(`${reading.of} ${reading.connection}`)
    else {
      this.ledger.note(reading)
      // An earlier reading that came later is no news.
      if (reading.kind === 'bus') keepNewest(this.#buses, reading)
      else keepNewest(this.#air, reading)
    }
    if (this.#marks.size > 0) this.#onChange()
  }

  /** All of them, so that a page which has just come is complete in a second. What is a second old is worth no confirmation. */
  async #publish(): Promise<void> {
    if (this.#connection.state !== 'connected') return
    const options = { deliveryMode: 'non-persistent' } as const
    const boards = boardsOf([...this.#buses.values()], [...this.#air.values()], this.#stoppedAt ?? Date.now())
    await Promise.all([
      ...boards.map((board) => this.#connection.send(this.#topics.board(board.stop), board, options)),
      this.#connection.send(this.#topics.totals, this.#totals(), options),
    ])
  }

  #totals(): Totals {
    const [air, bus] = (['air', 'bus'] as const).map((kind) => {
      const { delivered, late } = this.ledger.of(kind)
      return { delivered, late, ...(this.#lost === undefined ? {} : { lost: this.#lost[kind] }) }
    }) as [Totals['air'], Totals['bus']]
    return { state: this.#lost === undefined ? 'running' : 'ended', air, bus }
  }
}

function keepNewest<T extends Reading>(last: Map<string, T>, reading: T): void {
  if (reading.n > (last.get(reading.sensor)?.n ?? 0)) last.set(reading.sensor, reading)
}

function boardsOf(buses: readonly BusReading[], air: readonly AirReading[], at: number): Board[] {
  const coming = buses.filter(({ due }) => due >= at).sort((a, b) => a.due - b.due)
  const byStop = new Map(STOPS.map((stop) => [stop, { arrivals: [] as Arrival[], dust: [] as number[] }]))
  for (const bus of coming) byStop.get(bus.stop)?.arrivals.push(arrivalOf(bus))
  for (const { stop, dust } of air) byStop.get(stop)?.dust.push(dust)
  return [...byStop].map(([stop, { arrivals, dust }]) => ({
    stop,
    at,
    arrivals: arrivals.slice(0, SHOWN),
    ...(dust.length === 0 ? {} : { dust: dust.reduce((sum, each) => sum + each, 0) / dust.length }),
  }))
}

function arrivalOf({ sensor, line, to, due }: BusReading): Arrival {
  return { bus: sensor, line, to, due }
}
