import { IllegalStateError, InvalidDestinationError } from '../errors.ts'
import { type Destination, describeDestination, isSameDestination } from '../message/destination.ts'
import type { TemporaryDestinationInfo } from '../provider/resources.ts'
import type { ClientConnection } from './connection.ts'

/** The temporary queues and topics of one connection: they live as long as it does (JMS 3.1 §4.1.4), whichever session made them. */
export class TemporaryDestinations {
  readonly #connection: ClientConnection
  readonly #own = new Set<Destination>()

  constructor(connection: ClientConnection) {
    this.#connection = connection
  }

  async create<Kind extends TemporaryDestinationInfo['kind']>(
    kind: Kind,
    purpose?: TemporaryDestinationInfo['purpose'],
  ): Promise<ClientTemporaryDestination<Kind>> {
    const connection = this.#connection
    const info = { resource: 'temporary-destination', id: connection.nextId(), kind, name: undefined, purpose } as const
    const created = await connection.bounded(connection.provider.create(info), () => `creating a ${kind}`)
    const destination = new ClientTemporaryDestination(this, kind, created.name ?? info.id, info)
    this.#own.add(destination)
    return destination
  }

  /** @throws InvalidDestinationError unless this connection made the destination */
  requireOwn(destination: Destination): void {
    if ([...this.#own].some((own) => isSameDestination(own, destination))) return
    throw new InvalidDestinationError(
      `${describeDestination(destination)} belongs to another connection, or is deleted; only the connection that made it can consume from it`,
    )
  }

  /** @throws InvalidDestinationError when this connection has deleted the destination: not every broker would mind */
  requireLive(destination: Destination): void {
    if (!(destination instanceof ClientTemporaryDestination) || !destination.isDeleted) return
    throw new InvalidDestinationError(`${describeDestination(destination)} is deleted; create another`)
  }

  async delete(destination: Destination, info: TemporaryDestinationInfo): Promise<void> {
    const connection = this.#connection
    if (!this.#own.has(destination) || !connection.isOpen) return
    if (connection.consumersOf(destination) > 0) {
      throw new IllegalStateError(`${describeDestination(destination)} still has consumers; close them before delete()`)
    }
    await connection.bounded(connection.provider.destroy(info), () => `deleting ${describeDestination(destination)}`)
    this.#own.delete(destination)
  }
}

/** A temporary queue or topic of the client. */
class ClientTemporaryDestination<Kind extends TemporaryDestinationInfo['kind']> {
  readonly kind: Kind
  readonly name: string
  readonly #owner: TemporaryDestinations
  readonly #info: TemporaryDestinationInfo
  #isDeleted = false

  constructor(owner: TemporaryDestinations, kind: Kind, name: string, info: TemporaryDestinationInfo) {
    this.kind = kind
    this.name = name
    this.#owner = owner
    this.#info = info
    Object.freeze(this)
  }

  get isDeleted(): boolean {
    return this.#isDeleted
  }

  async delete(): Promise<void> {
    await this.#owner.delete(this, this.#info)
    this.#isDeleted = true
  }
}
