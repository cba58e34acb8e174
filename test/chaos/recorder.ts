import type { Happening, HistoryFile, Outcome } from './history.ts'

/** Writes calls and what became of them into a history, and knows what is still to come. */
export class Recorder {
  readonly #history: HistoryFile
  #ids = 0
  /** By destination: its groups, each with the confirmed messages it has not had. */
  readonly #awaited = new Map<string, Set<string>[]>()
  /** By group: the messages it has had that are not confirmed yet. */
  readonly #early = new Map<Set<string>, Set<string>>()
  #arrived: (() => void) | undefined

  constructor(history: HistoryFile) {
    this.#history = history
  }

  add(happening: Happening): void {
    this.#history.add(happening)
  }

  /**
   * Records a call and its end.
   *
   * @param outcomeOf - what an error means; one that the contract does not have is `failed`
   * @returns how it ended
   */
  async call(
    subject: {
      readonly name: string
      readonly actor: string
      readonly message?: string
      readonly transaction?: string
    },
    action: () => Promise<unknown>,
    outcomeOf: (error: unknown) => Outcome = () => 'failed',
  ): Promise<Outcome> {
    const call = ++this.#ids
    this.add({ type: 'call', call, ...subject })
    try {
      await action()
      this.add({ type: 'outcome', call, outcome: 'done' })
      return 'done'
    } catch (error) {
      const outcome = outcomeOf(error)
      this.add({ type: 'outcome', call, outcome, error: String(error) })
      return outcome
    }
  }

  /** @returns the number of the delivery */
  delivered(consumer: string, message: string, redelivered: boolean, transaction?: string): number {
    const delivery = ++this.#ids
    const of = transaction === undefined ? {} : { transaction }
    this.add({ type: 'delivered', delivery, consumer, message, redelivered, ...of })
    return delivery
  }

  /** Another group of a destination; what {@link consumed} takes. */
  group(destination: string): Set<string> {
    const group = new Set<string>()
    this.#awaited.set(destination, [...(this.#awaited.get(destination) ?? []), group])
    this.#early.set(group, new Set())
    return group
  }

  /** Each group of the destination has to get this message. */
  confirmed(destination: string, message: string): void {
    for (const group of this.#awaited.get(destination) ?? []) {
      if (!this.#early.get(group)?.delete(message)) group.add(message)
    }
  }

  consumed(group: Set<string>, messages: Iterable<string>): void {
    for (const message of messages) if (!group.delete(message)) this.#early.get(group)?.add(message)
    if (this.isDrained) this.#arrived?.()
  }

  get isDrained(): boolean {
    return [...this.#awaited.values()].every((groups) => groups.every(({ size }) => size === 0))
  }

  /** Resolves when each group has had all that is confirmed. */
  drained(): Promise<void> {
    return this.isDrained ? Promise.resolve() : new Promise((resolve) => (this.#arrived = resolve))
  }
}
