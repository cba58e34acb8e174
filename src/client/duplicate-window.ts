import type { Delivery } from '../provider/provider.ts'

/** The ids of the last messages that one consumer handed over: what comes once more under one of them is a duplicate. */
export class DuplicateWindow {
  readonly #size: number
  /** Oldest first. */
  readonly #ids = new Set<string>()

  /** @param size - ids that are remembered */
  constructor(size: number) {
    this.#size = size
  }

  /** A message without an id is never a duplicate. */
  has({ message }: Delivery): boolean {
    return message.messageId !== undefined && this.#ids.has(message.messageId)
  }

  remember({ message: { messageId } }: Delivery): void {
    if (messageId === undefined || this.#ids.has(messageId)) return
    this.#ids.add(messageId)
    if (this.#ids.size <= this.#size) return
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest)
      return
    }
  }

  /** The message went back, and may come again. */
  forget({ message: { messageId } }: Delivery): void {
    if (messageId !== undefined) this.#ids.delete(messageId)
  }
}
