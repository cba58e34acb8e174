import { ResourceLimitError } from '../../errors.ts'
import type { AmqpConnection } from './connection.ts'
import { LARGEST_CHANNEL } from './rhea-connection.ts'
import type { RheaConnection, RheaSession } from './rhea-types.ts'
import { AmqpSession } from './session.ts'

/** The sessions of one connection, and which channel each one has. */
export class Sessions implements Iterable<AmqpSession> {
  readonly #connection: AmqpConnection
  readonly #rhea: RheaConnection
  readonly #sessions = new Set<AmqpSession>()
  #nextChannel = 0

  constructor(connection: AmqpConnection, rhea: RheaConnection) {
    this.#connection = connection
    this.#rhea = rhea
  }

  [Symbol.iterator](): Iterator<AmqpSession> {
    return this.#sessions.values()
  }

  /**
   * Begins one; where the broker allows no more of them, the one with the fewest links is shared.
   *
   * @throws ResourceLimitError when none can be shared
   */
  create(): AmqpSession {
    const highest = Math.min(LARGEST_CHANNEL, this.#connection.remote.channel_max ?? LARGEST_CHANNEL)
    const rhea = this.#createRheaSession(highest)
    if (rhea === undefined) return this.#shared(highest)
    const session = new AmqpSession(this.#connection, rhea)
    this.#sessions.add(session)
    session.whenClosed(() => this.#sessions.delete(session))
    return session
  }

  /** The connection has ended, and with it all of them. */
  abandon(error: Error): void {
    for (const session of [...this.#sessions]) session.abandon(error)
    this.#sessions.clear()
  }

  /**
   * rhea takes the lowest channel that is free. RabbitMQ goes on routing a channel to the session that has just ended
   * there, and never answers the next one: so channels take turns.
   */
  #createRheaSession(highest: number): RheaSession | undefined {
    if (this.#sessions.size > highest) return undefined
    const channels = this.#rhea.local_channel_map
    const session = this.#rhea.create_session()
    delete channels[session.local.channel]
    for (let tried = 0; tried <= highest; tried++) {
      const channel = this.#nextChannel
      this.#nextChannel = channel >= highest ? 0 : channel + 1
      if (channels[channel] !== undefined) continue
      session.local.channel = channel
      channels[channel] = session
      return session
    }
    return undefined
  }

  #shared(highest: number): AmqpSession {
    let best: AmqpSession | undefined
    for (const session of this.#sessions) {
      if (session.isOpen && (best === undefined || session.size < best.size)) best = session
    }
    if (best !== undefined) return best
    throw new ResourceLimitError(
      `${this.#connection.endpoint} allows ${highest + 1} sessions on one connection, and none is free; open another connection`,
    )
  }
}
