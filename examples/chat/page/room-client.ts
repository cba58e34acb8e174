import { type Connection, connect } from 'polymq'
import { readHistory } from '../history.ts'
import { type Entry, type Person, type Post, type Room, type RoomEvent, roomNamed } from '../room.ts'

/** Where the room is, as the page's server says. */
export interface Settings {
  /** `ws://` or `wss://` of the broker, with the credentials of this user. */
  readonly broker: string
  readonly room: string
}

/** What becomes of the connection. */
export type ConnectionNews =
  | { readonly state: 'lost' }
  | { readonly state: 'trying'; readonly attempt: number }
  | { readonly state: 'back' }
  | { readonly state: 'ended'; readonly reason: string }

/** What a client of the room is told. */
export interface Listener {
  /** Also what it has had already: entries are the same when their ids are. */
  said(entry: Entry): void
  happened(event: Exclude<RoomEvent, { readonly kind: 'said' | 'roll-call' }>): void
  typing(person: Person): void
  connection(news: ConnectionNews): void
}

/** ms that a post may wait for a broker: a page may be without network for a while. */
const PATIENCE = 5 * 60_000
/** ms between two signals that somebody is typing. */
const TYPING = 2_000

/** Somebody in the room, over one connection. */
export class RoomClient {
  readonly me: Person
  readonly #connection: Connection
  readonly #room: Room
  readonly #listener: Listener
  #typedAt = 0

  private constructor(connection: Connection, room: Room, me: Person, listener: Listener) {
    this.#connection = connection
    this.#room = room
    this.me = me
    this.#listener = listener
  }

  static async enter(settings: Settings, me: Person, listener: Listener): Promise<RoomClient> {
    const connection = await connect(settings.broker, {
      // A page finds out that its network is gone by missing heart-beats only.
      heartbeat: 10_000,
      sendTimeout: PATIENCE,
      failover: { maxReconnectDelay: 2_000 },
      connectTimeout: 5_000,
    })
    const client = new RoomClient(connection, roomNamed(settings.room), me, listener)
    client.#watch()
    // What is said from now on comes by itself, what was said before from the history.
    await connection.consume(client.#room.events, ({ body }) => client.#happened(body))
    await connection.consume(client.#room.signals, ({ body }) => {
      if (body.kind === 'typing' && body.person.id !== me.id) listener.typing(body.person)
    })
    client.#signal('enter')
    await client.#catchUp()
    return client
  }

  /** The broker, for people. */
  get peer(): string {
    const { product = 'broker', endpoint } = this.#connection.peer
    return `${product}, ${endpoint}`
  }

  get hasHistory(): boolean {
    return this.#connection.capabilities.queueBrowser !== 'unsupported'
  }

  /** Resolves when the broker has it; without a connection it waits for one. */
  async say(post: Post): Promise<void> {
    // What is typed next is news to the others.
    this.#typedAt = 0
    await this.#connection.send(this.#room.posts, post)
  }

  /** Asks the moderator something that the others need not see. */
  async ask(command: string): Promise<string> {
    const { body } = await this.#connection.request(this.#room.commands, { command }, { timeout: 10_000 })
    return (body as { readonly text: string }).text
  }

  typing(): void {
    const now = Date.now()
    if (now - this.#typedAt < TYPING) return
    this.#typedAt = now
    this.#signal('typing')
  }

  /** Tells that this client goes; nobody waits for it, the page is going too. */
  leave(): void {
    this.#signal('leave')
  }

  #watch(): void {
    const { connection: tell } = this.#listener
    this.#connection.on('interrupted', () => tell({ state: 'lost' }))
    this.#connection.on('reconnecting', ({ attempt }) => tell({ state: 'trying', attempt }))
    this.#connection.on('resumed', () => {
      tell({ state: 'back' })
      this.#signal('here')
      // A topic keeps nothing for who is away: what was said meanwhile is in the history. Where the connection ends over it,
      // that is told by itself.
      this.#catchUp().catch(() => {})
    })
    this.#connection.on('closed', (error) => {
      if (error !== undefined) tell({ state: 'ended', reason: error.message })
    })
  }

  #happened(event: RoomEvent): void {
    if (event.kind === 'said') this.#listener.said(event.entry)
    else if (event.kind === 'roll-call') this.#signal('here')
    else this.#listener.happened(event)
  }

  async #catchUp(): Promise<void> {
    if (!this.hasHistory) return
    await using session = await this.#connection.createSession()
    for (const entry of await readHistory(this.#connection, session, this.#room)) this.#listener.said(entry)
  }

  /** A signal means something at this moment only: it is not worth an error, and no storing. */
  #signal(kind: 'enter' | 'here' | 'typing' | 'leave'): void {
    if (this.#connection.state !== 'connected') return
    const options = { deliveryMode: 'non-persistent', timeToLive: 10_000 } as const
    this.#connection.send(this.#room.signals, { kind, person: this.me }, options).catch(() => {})
  }
}
