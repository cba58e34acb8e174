import { type Destination, isTemporary, makeDestination } from '../message/destination.ts'
import type { MessageData } from '../message/message-data.ts'

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

  delete(known: string): void {
    const here = this.#here.get(known)
    this.#here.delete(known)
    if (here !== undefined) this.#known.delete(here)
  }

  /** The name that the broker has. */
  nameHere(known: string): string {
    return this.#here.get(known) ?? known
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
    return this.#here.size === 0 ? message : withNames(message, this.#here)
  }

  /** The message as the application is to have it. */
  incoming(message: MessageData): MessageData {
    return this.#known.size === 0 ? message : withNames(message, this.#known)
  }
}

function withNames(message: MessageData, names: ReadonlyMap<string, string>): MessageData {
  const destination = renamed(message.destination, names)
  const replyTo = renamed(message.replyTo, names)
  return destination === message.destination && replyTo === message.replyTo
    ? message
    : { ...message, destination, replyTo }
}

function renamed<D extends Destination | undefined>(destination: D, names: ReadonlyMap<string, string>): D {
  const name = destination !== undefined && isTemporary(destination) ? names.get(destination.name) : undefined
  return destination === undefined || name === undefined ? destination : (makeDestination(destination.kind, name) as D)
}
