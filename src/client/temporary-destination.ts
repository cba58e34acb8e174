import { IllegalStateError } from '../errors.ts'
import { describeDestination } from '../message/destination.ts'
import type { TemporaryDestinationInfo } from '../provider/resources.ts'
import type { ClientConnection } from './connection.ts'
import type { ClientSession } from './session.ts'

/** A temporary queue or topic: lives as long as its connection (JMS 3.1 §4.1.4), whichever session made it. */
export class ClientTemporaryDestination {
  readonly kind: 'temporary-queue' | 'temporary-topic'
  readonly name: string
  readonly #connection: ClientConnection
  readonly #info: TemporaryDestinationInfo

  private constructor(connection: ClientConnection, info: TemporaryDestinationInfo, name: string) {
    this.kind = info.kind
    this.name = name
    this.#connection = connection
    this.#info = info
    Object.freeze(this)
  }

  static async create(
    connection: ClientConnection,
    session: ClientSession,
    kind: ClientTemporaryDestination['kind'],
  ): Promise<ClientTemporaryDestination> {
    const info: TemporaryDestinationInfo = {
      resource: 'temporary-destination',
      id: connection.nextId(),
      kind,
      name: undefined,
    }
    const created = await session.bounded(connection.provider.create(info), () => `creating a ${kind}`)
    const destination = new ClientTemporaryDestination(connection, info, created.name ?? info.id)
    connection.addTemporary(destination)
    return destination
  }

  delete(): Promise<void> {
    return this.#connection.deleteTemporary(this, async () => {
      if (this.#connection.consumersOf(this) > 0) {
        throw new IllegalStateError(`${describeDestination(this)} still has consumers; close them before delete()`)
      }
      await this.#connection.bounded(
        this.#connection.provider.destroy(this.#info),
        () => `deleting ${describeDestination(this)}`,
      )
    })
  }
}
