/** What a node of a {@link PriorityList} carries; a node stands in one list at a time. */
export interface Linked<N> {
  /** 0 lowest … 9 highest. */
  readonly priority: number
  /** Place within its priority: lower goes first. */
  readonly sequence: number
  previous: N | undefined
  next: N | undefined
}

interface Row<N> {
  head: N | undefined
  tail: N | undefined
}

/** Nodes by priority, highest first, and by sequence within a priority. A row exists once its priority has been used. */
export class PriorityList<N extends Linked<N>> implements Iterable<N> {
  readonly #rows: (Row<N> | undefined)[] = []
  /** One bit for each row that holds a node, so that the highest is found without looking at the rows. */
  #occupied = 0

  first(): N | undefined {
    return this.#occupied === 0 ? undefined : this.#rows[31 - Math.clz32(this.#occupied)]?.head
  }

  /** Adds a node whose sequence is higher than that of all others of its priority. */
  append(node: N): void {
    const row = this.#row(node.priority)
    node.next = undefined
    node.previous = row.tail
    if (row.tail === undefined) this.#occupy(row, node)
    else row.tail.next = node
    row.tail = node
  }

  /**
   * Adds a node at the place of its sequence. What comes back is as a rule near one of the ends, so the place is looked
   * for from both ends at once.
   */
  insert(node: N): void {
    const row = this.#row(node.priority)
    let after = row.head
    let before = row.tail
    while (after !== undefined && before !== undefined) {
      if (before.sequence < node.sequence) return this.#link(row, node, before, before.next)
      if (after.sequence > node.sequence) return this.#link(row, node, after.previous, after)
      after = after.next
      before = before.previous
    }
    this.append(node)
  }

  remove(node: N): void {
    const row = this.#row(node.priority)
    if (node.previous === undefined) row.head = node.next
    else node.previous.next = node.next
    if (node.next === undefined) row.tail = node.previous
    else node.next.previous = node.previous
    node.previous = undefined
    node.next = undefined
    if (row.head === undefined) this.#occupied &= ~(1 << node.priority)
  }

  /** In order; the node just given may be removed before the next is asked for. */
  *[Symbol.iterator](): Generator<N, void, undefined> {
    for (let priority = this.#rows.length - 1; priority >= 0; priority -= 1) {
      let node = this.#rows[priority]?.head
      while (node !== undefined) {
        const { next } = node
        yield node
        node = next
      }
    }
  }

  #row(priority: number): Row<N> {
    const known = this.#rows[priority]
    if (known !== undefined) return known
    const row: Row<N> = { head: undefined, tail: undefined }
    while (this.#rows.length < priority) this.#rows.push(undefined)
    this.#rows[priority] = row
    return row
  }

  #occupy(row: Row<N>, node: N): void {
    row.head = node
    this.#occupied |= 1 << node.priority
  }

  #link(row: Row<N>, node: N, previous: N | undefined, next: N | undefined): void {
    node.previous = previous
    node.next = next
    if (previous === undefined) row.head = node
    else previous.next = node
    if (next === undefined) row.tail = node
    else next.previous = node
  }
}
