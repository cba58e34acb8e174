import type { PeerInfo, Provider, ProviderListener } from '../provider/provider.ts'

/** A provider that is connected. */
export interface Dialled {
  readonly provider: Provider
  readonly peer: PeerInfo
  /** When what it was opened with stops being valid, ms since the epoch; undefined when that does not. */
  readonly credentialsExpireAt: number | undefined
}

/** Connects to one endpoint, handshake included, in the time that one attempt may take. */
export type Dial<Endpoint> = (endpoint: Endpoint, listener: ProviderListener, signal: AbortSignal) => Promise<Dialled>
