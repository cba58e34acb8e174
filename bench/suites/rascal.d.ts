/** As much of rascal as is used here: it has no types of its own, and those of others are of an older one. */
declare module 'rascal' {
  interface Events<Arguments extends unknown[]> {
    on(event: 'error', listener: (error: unknown) => void): this
    on(event: 'message' | 'success', listener: (...args: Arguments) => void): this
  }

  interface Broker {
    on(event: 'error', listener: (error: unknown) => void): this
    publish(publication: string, body: Uint8Array, overrides: object): Promise<Events<[id: string]>>
    subscribe(
      subscription: string,
    ): Promise<Events<[message: unknown, content: unknown, acknowledge: (error?: Error) => void]>>
    shutdown(): Promise<void>
  }

  const rascal: { readonly BrokerAsPromised: { create(config: object): Promise<Broker> } }
  // biome-ignore lint/style/noDefaultExport: it is a CommonJS module
  export default rascal
}
