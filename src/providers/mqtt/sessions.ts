import { IllegalStateError, InvalidClientIdError, InvalidDestinationError } from '../../errors.ts'
import { part } from '../../part.ts'
import type { ConnectionInfo } from '../../provider/resources.ts'
import { durableClientId } from './client-ids.ts'
import type { OutgoingPublish } from './codec/encode.ts'
import type { MqttConnection } from './connection.ts'
import type { Endpoint } from './endpoint.ts'
import { type OpenedConnection, openConnection, openNegotiated } from './open-connection.ts'
import { lossOf } from './takeovers.ts'
import { OPEN_WINDOW, type Window } from './window.ts'

const further = part('further connections', () => import('../../provider/further-connection.ts'))

/** The sessions at the broker that one connection of the client has: each is a connection of MQTT. */
export class Sessions {
  readonly #info: ConnectionInfo
  readonly #endpoint: Endpoint
  readonly #onLost: (error: Error) => void
  readonly #open = new Set<MqttConnection>()
  /** Names of durable subscriptions in use. */
  readonly #durable = new Set<string>()
  #main: MqttConnection | undefined
  /** Whether the broker says in CONNACK that it has a session. */
  tellsPresence = true
  #last = 0

  /** @param onLost - one of them has ended otherwise than by close() */
  constructor(info: ConnectionInfo, endpoint: Endpoint, onLost: (error: Error) => void) {
    this.#info = info
    this.#endpoint = endpoint
    this.#onLost = onLost
  }

  /** The first one, with the client id of the connection. */
  async openMain(will: OutgoingPublish | undefined, signal: AbortSignal): Promise<OpenedConnection> {
    const settings = {
      info: this.#info,
      endpoint: this.#endpoint,
      clientId: this.#info.clientId ?? this.#info.id,
      cleanStart: true,
      sessionExpiry: 0,
      window: OPEN_WINDOW,
      will,
    }
    const opened = await openNegotiated(settings, signal)
    this.#main = opened.connection
    this.#keep(opened.connection)
    return opened
  }

  /** One that ends with its connection. */
  async openPassing(window: Window): Promise<MqttConnection> {
    this.#last += 1
    return this.#openFurther({
      clientId: `${this.#info.clientId ?? this.#info.id}:${this.#info.id}-${this.#last}`,
      cleanStart: true,
      sessionExpiry: 0,
      window,
    })
  }

  /**
   * The one of a durable subscription, which the broker keeps.
   *
   * @throws IllegalStateError where it has a consumer
   */
  async openDurable(name: string, window: Window): Promise<MqttConnection> {
    if (this.#durable.has(name)) {
      throw new IllegalStateError(`the durable subscription ${name} has a consumer already; close that one first`)
    }
    this.#durable.add(name)
    try {
      return await this.#openFurther({
        clientId: durableClientId(this.#clientId(name), name),
        cleanStart: false,
        sessionExpiry: this.#endpoint.sessionExpiry,
        window,
      })
    } catch (error) {
      this.#durable.delete(name)
      throw error
    }
  }

  /** Ends one in order; the broker keeps what is to be kept. */
  async close(connection: MqttConnection, durableName?: string): Promise<void> {
    this.#open.delete(connection)
    await connection.close(this.#info.closeTimeout)
    if (durableName !== undefined) this.#durable.delete(durableName)
  }

  /**
   * Ends the session of a durable subscription.
   *
   * @throws IllegalStateError while it has a consumer
   * @throws InvalidDestinationError when there is none
   */
  async endDurable(name: string): Promise<void> {
    if (this.#durable.has(name)) {
      throw new IllegalStateError(`the durable subscription ${name} has a consumer; close it before unsubscribe()`)
    }
    const clientId = durableClientId(this.#clientId(name), name)
    const settings = { clientId, cleanStart: false, sessionExpiry: 0, window: { ...OPEN_WINDOW, receiveMaximum: 1 } }
    this.#durable.add(name)
    try {
      const connection = await this.#openFurther(settings)
      const wasThere = connection.sessionPresent
      await this.close(connection)
      // A session of MQTT 3.1.1 ends when somebody connects who wants a clean one.
      if (connection.level === 4) await this.close(await this.#openFurther({ ...settings, cleanStart: true }))
      if (wasThere || !this.tellsPresence) return
    } finally {
      this.#durable.delete(name)
    }
    throw new InvalidDestinationError(`there is no durable subscription ${name} at ${this.#endpoint.name}`)
  }

  /** Ends all. */
  async closeAll(): Promise<void> {
    await Promise.all([...this.#open].map((connection) => this.close(connection)))
  }

  #clientId(name: string): string {
    const { clientId } = this.#info
    if (clientId !== undefined) return clientId
    throw new InvalidClientIdError(`the durable subscription ${name} needs a clientId; give one to connect()`)
  }

  async #openFurther(session: {
    readonly clientId: string
    readonly cleanStart: boolean
    readonly sessionExpiry: number
    readonly window: Window
  }): Promise<MqttConnection> {
    const main = this.#main as MqttConnection
    const info = this.#info
    const settings = { ...session, info, endpoint: this.#endpoint, level: main.level, will: undefined }
    const { connection } = await further(({ openFurther }) =>
      openFurther(main, info.requestTimeout, (signal) => openConnection(settings, signal)),
    )
    this.#keep(connection)
    return connection
  }

  #keep(connection: MqttConnection): void {
    this.#open.add(connection)
    const since = performance.now()
    connection.whenLost((loss) => {
      const age = performance.now() - since
      if (this.#open.delete(connection)) this.#onLost(lossOf(connection, this.#info.clientId, age, loss))
    })
  }
}
