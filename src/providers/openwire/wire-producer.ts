import { type Destination, isTemporary } from '../../message/destination.ts'
import type { ProducerInfo } from '../../provider/resources.ts'
import { type Structure, TYPE } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'
import { encoded } from './ids.ts'

/** Destinations of one producer that the broker knows it by; of more, those used least lately are forgotten. */
const MOST_DESTINATIONS = 1_000
const HASHES = 2 ** 32
/** So that a number above the hash stays exact. */
const MOST_HASHED = 2 ** 20

/**
 * What one producer of the client is at the broker. After a failover that takes a message for one that it has when a later number
 * of its producer is stored. A full queue holds messages back while another one stores later ones, so a producer for all destinations
 * is one for each.
 */
export class WireProducer {
  /** What the ids of its messages begin with, as the client gives them. */
  readonly prefix: string
  readonly #connection: OpenWireConnection
  readonly #info: ProducerInfo
  readonly #id: Uint8Array
  readonly #byDestination = new Map<string, { readonly structure: Structure; readonly id: Uint8Array }>()
  #recent: { readonly destination: Destination; readonly id: Uint8Array } | undefined
  /** For messages with other ids, or without: one of this connection alone, as the broker takes no number twice of one that it has met before. */
  #other: { readonly structure: Structure; readonly id: Uint8Array } | undefined
  #otherSequence = 0

  constructor(connection: OpenWireConnection, info: ProducerInfo) {
    this.#connection = connection
    this.#info = info
    this.prefix = `ID:${info.id}:`
    this.#id = encoded(this.structure)
  }

  get structure(): Structure {
    return this.#connection.ids.producer(this.#info)
  }

  /** The id for messages to a destination, the same on every broker. */
  idFor(destination: Destination): Uint8Array {
    // What is temporary ends with the connection, and all that was sent there.
    if (this.#info.destination !== undefined || isTemporary(destination)) return this.#id
    if (this.#recent?.destination === destination) return this.#recent.id
    const id = this.#idOf(`${destination.kind} ${destination.name}`)
    this.#recent = { destination, id }
    return id
  }

  /** The id and number for a message that has none by which it could be known again. */
  next(): { readonly id: Uint8Array; readonly sequence: number } {
    if (this.#other === undefined) {
      lastOther = Math.max(lastOther + 1, Date.now() * 1_000)
      this.#other = this.#announced(lastOther)
    }
    this.#otherSequence += 1
    return { id: this.#other.id, sequence: this.#otherSequence }
  }

  /** It is closed: so are all that it is at the broker. */
  forget(): void {
    for (const { structure } of this.#byDestination.values()) this.#remove(structure)
    if (this.#other !== undefined) this.#remove(this.#other.structure)
  }

  #idOf(key: string): Uint8Array {
    const known = this.#byDestination.get(key)
    if (known !== undefined) {
      this.#byDestination.delete(key)
      this.#byDestination.set(key, known)
      return known.id
    }
    const number = this.#connection.ids.numberOf(this.#info.id)
    if (number >= MOST_HASHED) return this.#id
    if (this.#byDestination.size >= MOST_DESTINATIONS) this.#forgetOldest()
    const announced = this.#announced(number * HASHES + hashOf(key))
    this.#byDestination.set(key, announced)
    return announced.id
  }

  #forgetOldest(): void {
    for (const [key, { structure }] of this.#byDestination) {
      this.#byDestination.delete(key)
      this.#remove(structure)
      return
    }
  }

  #announced(value: number): { readonly structure: Structure; readonly id: Uint8Array } {
    const structure = this.#connection.ids.producer(this.#info, value)
    this.#connection.send({ type: TYPE.PRODUCER_INFO, producerId: structure })
    return { structure, id: encoded(structure) }
  }

  #remove(objectId: Structure): void {
    this.#connection.send({ type: TYPE.REMOVE_INFO, objectId })
  }
}

/** No two producers have the same, also not those of connections that took this one's place. */
let lastOther = 0

/** The same for the same text on every broker (FNV-1a). */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
