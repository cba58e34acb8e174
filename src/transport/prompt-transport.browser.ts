import type { Transport } from './transport.ts'

export type PromptTransport = Transport & { isPrompt: boolean }

/** When packets are acknowledged is up to the browser. */
export function promptTransport(inner: Transport): PromptTransport {
  return Object.assign(inner, { isPrompt: false })
}
