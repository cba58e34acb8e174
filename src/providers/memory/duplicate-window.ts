import type { StoredMessage } from './mapping.ts'

/** How many ids one generation holds; the window is between one and two generations. */
const GENERATION = 2_048

/**
 * Recognises a message that is sent again because its confirmation was lost: same message id, same destination. It is
 * one for the whole broker, so its size does not grow with queues, and a producer is recognised on its next connection.
 */
export class DuplicateWindow {
  private young = new Map<string, string>()
  private old = new Map<string, string>()

  /** Whether the message has been stored before; if not, it now has. */
  recognises(message: StoredMessage, destination: string): boolean {
    const { messageId, deliveryMode } = message.data
    if (messageId === undefined || deliveryMode !== 'persistent') return false
    if (this.young.get(messageId) === destination || this.old.get(messageId) === destination) return true
    if (this.young.size >= GENERATION) {
      this.old = this.young
      this.young = new Map()
    }
    this.young.set(messageId, destination)
    return false
  }
}
