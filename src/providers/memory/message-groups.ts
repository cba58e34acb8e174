import type { StoreConsumer } from './store-consumer.ts'

/** More groups than this on one queue, and the one that has been idle longest loses its consumer. */
const MOST_GROUPS = 65_536

/** Which consumer has which message group: the one that got its first message, until it closes or the group ends. */
export class MessageGroups {
  readonly #owners = new Map<string, StoreConsumer>()

  ownerOf(groupId: string): StoreConsumer | undefined {
    return this.#owners.get(groupId)
  }

  /** Notes a delivery. Deleting first moves the group to the young end of the map. */
  assign(groupId: string, owner: StoreConsumer): void {
    if (this.#owners.get(groupId) !== owner) owner.groups = (owner.groups ?? new Set()).add(groupId)
    this.#owners.delete(groupId)
    this.#owners.set(groupId, owner)
    if (this.#owners.size > MOST_GROUPS) this.#endOldest()
  }

  end(groupId: string): void {
    this.#owners.get(groupId)?.groups?.delete(groupId)
    this.#owners.delete(groupId)
  }

  #endOldest(): void {
    for (const groupId of this.#owners.keys()) return this.end(groupId)
  }
}
