import type { TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { StompConnection } from './connection.ts'
import type { RequestSubject } from './error-mapping.ts'
import { PlainTopology } from './plain-topology.ts'
import type { TemporaryAliases } from './temporary-aliases.ts'

/** ActiveMQ Classic names a temporary destination after the connection, and counts them. */
export class ActivemqTopology extends PlainTopology {
  readonly #aliases: TemporaryAliases
  #connectionId: string | undefined
  #temporaries = 0

  constructor(connection: StompConnection, clientId: string | undefined, aliases: TemporaryAliases) {
    super(connection, clientId)
    this.#aliases = aliases
  }

  override async createTemporary({ kind, name: known }: TemporaryDestinationInfo): Promise<string> {
    this.#temporaries += 1
    const alias = String(this.#temporaries)
    const destination = `/${kind === 'temporary-queue' ? 'temp-queue' : 'temp-topic'}/${alias}`
    // It is made as soon as a frame names it.
    const id = `temporary-${alias}`
    const subject = { action: `creating a ${kind}` }
    await this.connection.subscribe(id, [['destination', destination]], subject)
    this.#connectionId ??= await this.#learnConnectionId(id, destination, subject)
    await this.connection.request('UNSUBSCRIBE', [['id', id]], subject)
    const name = known ?? `${this.#connectionId}:${alias}`
    this.#aliases.add(name, alias)
    return name
  }

  /** It is what the ids of the connection's messages begin with: `CONNECTION:SESSION:PRODUCER:MESSAGE`. */
  async #learnConnectionId(subscription: string, destination: string, subject: RequestSubject): Promise<string> {
    const [{ headers }] = await Promise.all([
      this.connection.nextMessage(subscription, subject),
      this.connection.request('SEND', [['destination', destination]], subject),
    ])
    return (headers.get('message-id') ?? '').split(':').slice(0, -3).join(':')
  }

  override async deleteTemporary(name: string): Promise<void> {
    this.#aliases.delete(name)
  }

  override async unsubscribe(name: string): Promise<void> {
    await this.connection.request(
      'UNSUBSCRIBE',
      [
        ['destination', '/topic/unused'],
        ['id', `unsubscribe-${name}`],
        ['activemq.subscriptionName', name],
        ['client-id', this.clientId ?? ''],
      ],
      { action: `deleting the durable subscription ${name}`, name },
    )
  }
}
