import { BusyCount } from './busy-count.ts'

/** The unconfirmed sends of one producer, or of one transacted session. */
export class SendGroup {
  readonly #pending = new BusyCount()
  #failure: Error | undefined

  started(): void {
    this.#pending.started()
  }

  ended(failure: Error | undefined): void {
    this.#failure ??= failure
    this.#pending.ended()
  }

  /** Resolves once no send is unconfirmed, with the first failure since the last call. */
  async settled(): Promise<Error | undefined> {
    await this.#pending.idle()
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }
}
