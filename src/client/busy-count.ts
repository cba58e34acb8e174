/** Counts what is under way, and tells when nothing is. */
export class BusyCount {
  #count = 0
  #idle: (() => void)[] = []

  get count(): number {
    return this.#count
  }

  started(): void {
    this.#count += 1
  }

  ended(): void {
    this.#count -= 1
    if (this.#count > 0 || this.#idle.length === 0) return
    const idle = this.#idle
    this.#idle = []
    for (const callback of idle) callback()
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#idle.push(resolve))
  }
}
