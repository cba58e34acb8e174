import { type Destination, makeDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'

/**
 * Temporary destinations that the application knows by a name from an earlier connection, which the broker has not noticed to
 * be gone: they have another name here.
 */
export class TemporaryNames {
  readonly #here = new Map<string, string>()
  readonly #known = new Map<string, string>()

  add(known: string, here: string): void {
    if (known === here) return
    this.#here.set(known, here)
    this.#known.set(here, known)
  }

  delete(here: string): void {
    const known = this.#known.get(here)
    this.#known.delete(here)
    if (known !== undefined) this.#here.delete(known)
  }

  /** The destination as the broker knows it. */
  here<D extends Destination | undefined>(destination: D): D {
    return this.#here.size === 0 ? destination : renamed(destination, this.#here)
  }

  /** The destination as the application knows it. */
  known<D extends Destination | undefined>(destination: D): D {
    return this.#known.size === 0 ? destination : renamed(destination, this.#known)
  }

  /** The message as the broker is to have it. */
  outgoing(message: MessageData): MessageData {
    if (this.#here.size === 0) return message
    return { ...message, destination: this.here(message.destination), replyTo: this.here(message.replyTo) }
  }
}

function renamed<D extends Destination | undefined>(destination: D, names: ReadonlyMap<string, string>): D {
  const name = destination === undefined ? undefined : names.get(destination.name)
  return destination === undefined || name === undefined ? destination : (makeDestination(destination.kind, name) as D)
}
