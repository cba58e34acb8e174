import { type Connection, MessagingError } from 'polymq'
import type { Person, Room, RoomEvent, Signal } from './room.ts'

/** Roll calls that somebody may miss. */
const MISSED = 2
/** ms that others may take longer than we do to find a broker that is back. */
const COMING_BACK = 20_000

/**
 * Who is here. A page that is closed, or whose computer is off, says nothing any more, so everybody is asked again and
 * again. Asking is better than to have each page report by a timer: browsers slow the timers of background tabs down,
 * and messages come at once all the same.
 */
export class Presence {
  readonly #connection: Connection
  readonly #room: Room
  readonly #me: Person
  /** By the id of the person; how many roll calls ago they were last heard of. */
  readonly #people = new Map<string, { readonly person: Person; missed: number }>()

  constructor(connection: Connection, room: Room, me: Person) {
    this.#connection = connection
    this.#room = room
    this.#me = me
  }

  get people(): readonly Person[] {
    return [this.#me, ...[...this.#people.values()].map(({ person }) => person)]
  }

  /** @param interval ms between two roll calls */
  async keep(interval: number, signal: AbortSignal): Promise<void> {
    await this.#connection.consume(this.#room.signals, ({ body }) => this.#heard(body))
    this.#connection.on('resumed', () => {
      for (const each of this.#people.values()) each.missed = -Math.ceil(COMING_BACK / interval)
    })
    const timer = setInterval(() => this.#callRoll(), interval)
    signal.addEventListener('abort', () => clearInterval(timer), { once: true })
    this.#callRoll()
  }

  #heard(signal: Signal): void {
    const { person } = signal
    if (signal.kind === 'leave') {
      if (this.#people.delete(person.id)) this.#tell({ kind: 'left', person, vanished: false }, this.#list())
      return
    }
    const known = this.#people.has(person.id)
    this.#people.set(person.id, { person, missed: 0 })
    if (known) return
    // Others are found by a roll call, after this program was started again for example, and have not come just now.
    if (signal.kind === 'enter') this.#tell({ kind: 'joined', person })
    this.#tell(this.#list())
  }

  #callRoll(): void {
    // Without a connection nobody can answer: nobody has vanished then.
    if (this.#connection.state !== 'connected') return
    for (const [id, each] of this.#people) {
      each.missed += 1
      if (each.missed <= MISSED) continue
      this.#people.delete(id)
      this.#tell({ kind: 'left', person: each.person, vanished: true }, this.#list())
    }
    this.#tell({ kind: 'roll-call' })
  }

  #list(): RoomEvent {
    return { kind: 'people', people: [...this.people] }
  }

  /** What is of use at this moment only need not outlive the broker. */
  #tell(...events: readonly RoomEvent[]): void {
    for (const event of events) {
      this.#connection
        .send(this.#room.events, event, { deliveryMode: 'non-persistent', timeToLive: 60_000 })
        .catch((error: unknown) => {
          // The next roll call makes up for it.
          if (!(error instanceof MessagingError)) throw error
        })
    }
  }
}
