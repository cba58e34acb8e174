import { Buffer } from 'node:buffer'
import type { ConsumerInfo, ProducerInfo, SessionInfo } from '../../provider/resources.ts'
import { LOWEST_VERSION } from './codec/commands.ts'
import { writeObject } from './codec/structures.ts'
import { type Structure, TYPE } from './codec/types.ts'
import { WireWriter } from './codec/writer.ts'

/** Above the numbers that resources have. */
const FIRST_OWN = 2 ** 40

/**
 * What resources are called on the wire. The ids of their records end in a number of their own, so that they are called
 * the same on the next broker: by the numbers of a producer's messages, that one knows which it has.
 */
export class WireIds {
  /** Begins the ids of all that belongs to the connection. */
  readonly name: string
  readonly connection: Structure
  readonly #prefix: string
  readonly #others = new Map<string, number>()
  #lastOwn = FIRST_OWN

  /** @param origin - the id of the connection, the same on every broker */
  constructor(origin: string) {
    this.name = `ID:${origin}`
    this.connection = { type: TYPE.CONNECTION_ID, value: this.name }
    this.#prefix = `${origin}:`
  }

  /** The number of a resource. */
  numberOf(id: string): number {
    if (id.startsWith(this.#prefix)) {
      const number = Number(id.slice(this.#prefix.length))
      if (Number.isSafeInteger(number) && number > 0) return number
    }
    const known = this.#others.get(id)
    if (known !== undefined) return known
    this.#lastOwn += 1
    this.#others.set(id, this.#lastOwn)
    return this.#lastOwn
  }

  session({ id }: SessionInfo): Structure {
    return { type: TYPE.SESSION_ID, connectionId: this.name, value: this.numberOf(id) }
  }

  consumer({ id, session }: ConsumerInfo): Structure {
    const { name } = this
    return {
      type: TYPE.CONSUMER_ID,
      connectionId: name,
      sessionId: this.numberOf(session.id),
      value: this.numberOf(id),
    }
  }

  producer({ id, session }: ProducerInfo, value: number = this.numberOf(id)): Structure {
    return { type: TYPE.PRODUCER_ID, connectionId: this.name, value, sessionId: this.numberOf(session.id) }
  }

  transaction(value: number): Structure {
    return { type: TYPE.LOCAL_TRANSACTION_ID, value, connectionId: this.connection }
  }
}

const writer = new WireWriter()

/** A structure as it stands in a command. */
export function encoded(structure: Structure): Uint8Array {
  writer.beginPart()
  writeObject(writer, structure, LOWEST_VERSION)
  const part = Buffer.from(writer.part())
  writer.rollBack()
  return part
}
