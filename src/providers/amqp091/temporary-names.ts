import type { Destination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'

/**
 * Temporary queues that the application knows by a name from an earlier connection, which the broker has not noticed to be
 * gone: they have another name here.
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

  /** The message as the broker is to have it. */
  outgoing(message: MessageData): MessageData {
    return this.#here.size === 0 ? message : renamed(message, this.#here)
  }

  /** The message as the application is to have it. */
  incoming(message: MessageData): MessageData {
    return this.#known.size === 0 ? message : renamed(message, this.#known)
  }
}

function renamed(message: MessageData, names: ReadonlyMap<string, string>): MessageData {
  const destination = renamedDestination(message.destination, names)
  const replyTo = renamedDestination(message.replyTo, names)
  return destination === message.destination && replyTo === message.replyTo
    ? message
    : { ...message, destination, replyTo }
}

function renamedDestination(
  destination: Destination | undefined,
  names: ReadonlyMap<string, string>,
): Destination | undefined {
  const name = destination?.kind === 'temporary-queue' ? names.get(destination.name) : undefined
  return destination === undefined || name === undefined ? destination : Object.freeze({ ...destination, name })
}
