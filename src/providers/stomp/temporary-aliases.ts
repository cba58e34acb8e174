/**
 * Temporary destinations of this connection: the application knows them by one name, this connection says another one
 * to the broker.
 */
export class TemporaryAliases {
  readonly #aliases = new Map<string, string>()
  readonly #names = new Map<string, string>()

  add(name: string, alias: string): void {
    this.#aliases.set(name, alias)
    this.#names.set(alias, name)
  }

  delete(name: string): void {
    const alias = this.#aliases.get(name)
    this.#aliases.delete(name)
    if (alias !== undefined) this.#names.delete(alias)
  }

  /** Undefined for a destination of another connection. */
  aliasOf(name: string): string | undefined {
    return this.#aliases.get(name)
  }

  nameOf(alias: string): string | undefined {
    return this.#names.get(alias)
  }
}
