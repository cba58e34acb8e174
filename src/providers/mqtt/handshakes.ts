import { Fifo } from '../../collections/fifo.ts'
import { encodeAcknowledgement } from './codec/encode.ts'
import { PACKET } from './codec/packets.ts'

/** Messages at QoS 2 from the broker, from their PUBLISH to their PUBCOMP (MQTT 5 §4.3.3). */
export class Handshakes {
  /** Those that have come, until the broker has released their ids. */
  readonly #unreleased = new Set<number>()
  /** Those whose PUBREC is on its way, until they are released. */
  readonly #underWay = new Set<number>()
  /** Those that the application is done with, and whose PUBREC has to wait. */
  readonly #waiting = new Fifo<number>()
  readonly #most: number
  readonly #write: (packet: Uint8Array) => void

  /**
   * @param most - how many PUBREC may be without their PUBREL
   * @param write - sends a packet
   */
  constructor(most: number, write: (packet: Uint8Array) => void) {
    this.#most = most
    this.#write = write
  }

  /** False for a message that has come before: the broker sends it again until it has a PUBREC. */
  begin(packetId: number): boolean {
    if (this.#unreleased.has(packetId)) return false
    this.#unreleased.add(packetId)
    return true
  }

  /** The application is done with it. */
  acknowledge(packetId: number): void {
    if (this.#underWay.size < this.#most) this.#receive(packetId)
    else this.#waiting.push(packetId)
  }

  /** PUBREL has come. */
  release(packetId: number): void {
    this.#unreleased.delete(packetId)
    this.#underWay.delete(packetId)
    this.#write(encodeAcknowledgement(PACKET.pubcomp, packetId))
    if (this.#underWay.size >= this.#most) return
    const next = this.#waiting.shift()
    if (next !== undefined) this.#receive(next)
  }

  /** Has nothing wait any longer: the connection is about to end. */
  flush(): void {
    for (const packetId of this.#waiting.takeAll()) this.#receive(packetId)
  }

  #receive(packetId: number): void {
    this.#underWay.add(packetId)
    this.#write(encodeAcknowledgement(PACKET.pubrec, packetId))
  }
}
