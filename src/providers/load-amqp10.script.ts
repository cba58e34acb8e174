import { ConnectionError } from '../errors.ts'
import type { Provider } from '../provider/provider.ts'

const FILE = 'polymq-amqp.min.js'

interface Page {
  readonly document?: { readonly currentScript?: { readonly src?: string } | null }
  readonly location?: { readonly href: string }
}

const { document, location } = globalThis as Page

/** Where this script came from; known only while it runs for the first time, and in a worker not even then. */
const ADDRESS = document?.currentScript?.src || location?.href

/** In place of `load-amqp10.ts` in the file for script tags: AMQP is in a file of its own, beside that one. */
export async function loadAmqp10(): Promise<Provider> {
  const address = new URL(FILE, ADDRESS).href
  const { createProvider } = (await import(address).catch((cause) => {
    throw new ConnectionError(`AMQP could not be loaded from ${address}; serve ${FILE} beside polymq.min.js`, { cause })
  })) as { createProvider(): Provider }
  return createProvider()
}
