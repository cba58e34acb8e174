import { makeDestination } from '../../message/destination.ts'
import type { TemporaryDestinationInfo } from '../../provider/resources.ts'
import { wireDestination } from './addresses.ts'
import { TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'

const ADD = 0
const REMOVE = 1

/** The temporary destinations of one connection. Their names are the client's to give, and stay the same on the next broker. */
export class Temporaries {
  readonly #connection: OpenWireConnection
  /** By the ids of their records. */
  readonly #names = new Map<string, string>()

  constructor(connection: OpenWireConnection) {
    this.#connection = connection
  }

  async create(info: TemporaryDestinationInfo): Promise<string> {
    const { ids } = this.#connection
    const name = info.name ?? `${ids.name}:${ids.numberOf(info.id)}`
    await this.#change(info, name, ADD, 'creating')
    this.#names.set(info.id, name)
    return name
  }

  async delete(info: TemporaryDestinationInfo): Promise<void> {
    const name = this.#names.get(info.id)
    this.#names.delete(info.id)
    if (name !== undefined) await this.#change(info, name, REMOVE, 'deleting')
  }

  async #change({ kind }: TemporaryDestinationInfo, name: string, operationType: number, verb: string): Promise<void> {
    await this.#connection.request(
      {
        type: TYPE.DESTINATION_INFO,
        connectionId: this.#connection.ids.connection,
        destination: wireDestination(makeDestination(kind, name)),
        operationType,
      },
      { action: `${verb} the ${kind} ${name}` },
    )
  }
}
