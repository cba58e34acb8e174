import type { StoredMessage } from './mapping.ts'

/** How many ids one generation holds; the window is between one and two generations. */
const GENERATION = 2_048

/**
 * Recognises a message that is sent again because its confirmation was lost: same message id, same destination. It is
 * one for the whole broker, so its size does not grow with queues, and a producer is recognised on its next connection.
 */
export class DuplicateWindow {
  #young = new Set<string>()
  #old = new Set<string>()

  /** Whether the message has been stored before; if not, it now has. */
  recognises(message: StoredMessage, destination: string): boolean {
    const { messageId, deliveryMode } = message.data
    if (messageId === undefined || deliveryMode !== 'persistent') return false
    const key = `${messageId} ${destination}`
    if (this.#young.has(key) || this.#old.has(key)) return true
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Set()
    }
    this.#young.add(key)
    return false
  }
}
