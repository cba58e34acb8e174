import type { PeerInfo, Provider, ProviderListener } from '../provider/provider.ts'

/** A provider that is connected. */
export interface Dialled {
  readonly provider: Provider
  readonly peer: PeerInfo
}

/** Connects to one endpoint, handshake included, in the time that one attempt may take. */
export type Dial<Endpoint> = (endpoint: Endpoint, listener: ProviderListener, signal: AbortSignal) => Promise<Dialled>
