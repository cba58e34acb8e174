import { TemporaryNames } from '../../interop/temporary-names.ts'
import { makeDestination } from '../../message/destination.ts'
import type { TemporaryDestinationInfo } from '../../provider/resources.ts'
import { wireDestination } from './addresses.ts'
import type { BrokerProfile } from './broker-profile.ts'
import { TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'

const ADD = 0
const REMOVE = 1

/**
 * The temporary destinations of one connection. Their names are the client's to give, and stay the same on the next broker. Where
 * a lost connection that the broker has not missed yet would go on consuming from them, they have other names there.
 */
export class Temporaries {
  readonly names: TemporaryNames = new TemporaryNames()
  readonly #connection: OpenWireConnection
  readonly #keepsFormer: boolean
  /** As the application knows them, by the ids of their records. */
  readonly #known = new Map<string, string>()

  constructor(connection: OpenWireConnection, { keepsFormer }: BrokerProfile) {
    this.#connection = connection
    this.#keepsFormer = keepsFormer
  }

  async create(info: TemporaryDestinationInfo): Promise<string> {
    const { ids } = this.#connection
    const name = info.name ?? `${ids.name}:${ids.numberOf(info.id)}`
    const isAgain = info.name !== undefined && this.#keepsFormer
    const here = isAgain ? `${name}:${nextTwin()}` : name
    await this.#change(info, here, ADD, 'creating')
    this.#known.set(info.id, name)
    this.names.add(name, here)
    return name
  }

  async delete(info: TemporaryDestinationInfo): Promise<void> {
    const name = this.#known.get(info.id)
    this.#known.delete(info.id)
    if (name === undefined) return
    const here = this.names.nameHere(name)
    this.names.delete(name)
    await this.#change(info, here, REMOVE, 'deleting')
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

let twins = 0

/** No two connections of this process have the same, and names begin with the connection's own. */
function nextTwin(): number {
  twins += 1
  return twins
}
