type Handler = (...args: never[]) => void

/** Typed events. A handler that throws does not stop the others, and an event without handlers is no failure. */
export class Emitter<Events extends Record<keyof Events, readonly unknown[]>> {
  readonly #handlers = new Map<keyof Events, Set<Handler>>()
  /** What `once` put around a handler, and that handler. */
  readonly #wrapped = new WeakMap<Handler, Handler>()

  on<Name extends keyof Events>(name: Name, handler: (...args: [...Events[Name]]) => void): this {
    const handlers = this.#handlers.get(name) ?? new Set()
    this.#handlers.set(name, handlers.add(handler as unknown as Handler))
    return this
  }

  once<Name extends keyof Events>(name: Name, handler: (...args: [...Events[Name]]) => void): this {
    const once = (...args: [...Events[Name]]): void => {
      this.off(name, once)
      handler(...args)
    }
    this.#wrapped.set(once as unknown as Handler, handler as unknown as Handler)
    return this.on(name, once)
  }

  off<Name extends keyof Events>(name: Name, handler: (...args: [...Events[Name]]) => void): this {
    const handlers = this.#handlers.get(name)
    for (const each of handlers ?? []) {
      if (each === (handler as unknown) || this.#wrapped.get(each) === (handler as unknown)) handlers?.delete(each)
    }
    return this
  }

  emit<Name extends keyof Events>(name: Name, ...args: [...Events[Name]]): void {
    for (const handler of [...(this.#handlers.get(name) ?? [])]) {
      try {
        ;(handler as unknown as (...args: readonly unknown[]) => void)(...args)
      } catch (error) {
        // A handler's failure belongs to the application: it surfaces as an uncaught error of its own, outside our call.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }
}
