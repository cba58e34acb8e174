import {
  type Connection,
  type Consumer,
  type Producer,
  type ReceivedMessage,
  type Session,
  TransactionRolledBackError,
} from 'polymq'
import { readHistory } from './history.ts'
import type { Entry, Post, Room } from './room.ts'
import { withoutUnwanted } from './words.ts'

/** Where the history is kept, by a broker that can browse a queue. */
interface History {
  /** Ids of the entries in it, the oldest first. */
  ids: readonly string[]
  /** Gets the oldest entries, to take them away. */
  readonly oldest: Consumer<Entry>
}

/**
 * Takes each post off the queue, moderates it, keeps it in the history, and tells everybody: all of that in one transaction,
 * so that a broker or a moderator that dies loses no post and tells none by halves.
 */
export class Moderator {
  readonly #connection: Connection
  readonly #room: Room
  readonly #limit: number
  readonly #session: Session
  readonly #posts: Consumer<Post>
  readonly #producer: Producer
  readonly #history: History | undefined
  /** When the last entry was made. */
  #last = 0

  private constructor(
    connection: Connection,
    room: Room,
    limit: number,
    session: Session,
    posts: Consumer<Post>,
    producer: Producer,
    history: History | undefined,
  ) {
    this.#connection = connection
    this.#room = room
    this.#limit = limit
    this.#session = session
    this.#posts = posts
    this.#producer = producer
    this.#history = history
  }

  /** @param limit entries that the history has at most */
  static async start(connection: Connection, room: Room, limit: number): Promise<Moderator> {
    const { capabilities } = connection
    const transacted = capabilities.transactions !== 'unsupported'
    const session = await connection.createSession(transacted ? { transacted } : { acknowledgeMode: 'individual' })
    // One at a time: what waits is better off in the broker.
    const posts = await session.createConsumer(room.posts, { prefetch: 1 })
    const producer = await session.createProducer()
    const canBrowse = capabilities.queueBrowser !== 'unsupported'
    const oldest = canBrowse ? await session.createConsumer(room.history, { prefetch: 0 }) : undefined
    const moderator = new Moderator(connection, room, limit, session, posts, producer, oldest && { ids: [], oldest })
    await moderator.#readHistory()
    return moderator
  }

  /** Ends when the connection is closed. @throws AbortedError when the signal aborts */
  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      const message = await this.#posts.receive({ signal })
      if (message === null) return
      try {
        await this.#handle(message)
      } catch (error) {
        if (!(error instanceof TransactionRolledBackError)) throw error
        // The broker was lost meanwhile and delivers the post again; unless the commit had come through.
        await this.#readHistory()
      }
    }
  }

  async #handle(message: ReceivedMessage<Post>): Promise<void> {
    const post = message.body
    // Sent again by who did not learn that it had arrived: it is told already.
    const entry = this.#history?.ids.includes(post.id) ? undefined : this.#entryOf(post)
    if (entry !== undefined) {
      // A broker may carry a commit out step by step, in this order: who subscribes too late for the event finds the entry.
      await this.#keep(entry)
      await this.#producer.send(this.#room.events, { kind: 'said', entry })
    }
    if (this.#session.transacted) await this.#session.commit()
    else await message.acknowledge()
    if (entry === undefined) return
    this.#last = entry.at
    if (this.#history !== undefined) this.#history.ids = [...this.#history.ids, entry.id].slice(-this.#limit)
  }

  #entryOf(post: Post): Entry {
    const text = withoutUnwanted(post.text)
    return { ...post, text, moderated: text !== post.text, at: Math.max(this.#last + 1, Date.now()) }
  }

  async #keep(entry: Entry): Promise<void> {
    if (this.#history === undefined) return
    await this.#producer.send(this.#room.history, entry)
    const surplus = this.#history.ids.length + 1 - this.#limit
    for (let taken = 0; taken < surplus; taken++) await this.#history.oldest.receive({ timeout: 5_000 })
  }

  async #readHistory(): Promise<void> {
    if (this.#history === undefined) return
    const entries = await readHistory(this.#connection, this.#session, this.#room)
    this.#history.ids = entries.map(({ id }) => id)
    this.#last = entries.at(-1)?.at ?? this.#last
  }
}
