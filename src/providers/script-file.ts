import { ConnectionError } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'

interface Page {
  readonly document?: { readonly currentScript?: { readonly src?: string } | null }
  readonly location?: { readonly href: string }
}

const { document, location } = globalThis as Page

/** Where this script came from; known only while it runs for the first time, and in a worker not even then. */
const ADDRESS = document?.currentScript?.src || location?.href

/** Makes a provider of a protocol that the file for script tags leaves to another one, which is served beside it. */
export async function providerFrom(file: string, protocol: string): Promise<Provider> {
  const address = new URL(file, ADDRESS).href
  const { createProvider } = (await import(address).catch((cause) => {
    throw new ConnectionError(`${protocol} could not be loaded from ${address}; serve ${file} beside polymq.min.js`, {
      cause,
    })
  })) as { createProvider(): Provider }
  return createProvider()
}
