import type { TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { RequestSubject } from './error-mapping.ts'
import type { TemporaryAliases } from './temporary-aliases.ts'

/** ActiveMQ Classic names a temporary destination after the connection, and counts them. */
export class ActivemqTemporaries {
  readonly #connection: StompConnection
  readonly #aliases: TemporaryAliases
  #connectionId: string | undefined
  #count = 0

  constructor(connection: StompConnection, aliases: TemporaryAliases) {
    this.#connection = connection
    this.#aliases = aliases
  }

  async create({ kind, name: known }: TemporaryDestinationInfo): Promise<string> {
    this.#count += 1
    const alias = String(this.#count)
    const destination = `/${kind === 'temporary-queue' ? 'temp-queue' : 'temp-topic'}/${alias}`
    // It is made as soon as a frame names it.
    const id = `temporary-${alias}`
    const subject = { action: `creating a ${kind}` }
    await this.#connection.subscribe(id, [['destination', destination]], subject)
    this.#connectionId ??= await this.#learnConnectionId(id, destination, subject)
    await this.#connection.request('UNSUBSCRIBE', [['id', id]], subject)
    const name = known ?? `${this.#connectionId}:${alias}`
    this.#aliases.add(name, alias)
    return name
  }

  /** It is what the ids of the connection's messages begin with: `CONNECTION:SESSION:PRODUCER:MESSAGE`. */
  async #learnConnectionId(subscription: string, destination: string, subject: RequestSubject): Promise<string> {
    const [{ headers }] = await Promise.all([
      this.#connection.nextMessage(subscription, subject),
      this.#connection.request('SEND', [['destination', destination]], subject),
    ])
    return (headers.get('message-id') ?? '').split(':').slice(0, -3).join(':')
  }
}
