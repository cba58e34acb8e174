import type { PeerInfo, ProviderListener } from './provider.ts'

/** An attempt to reach a broker again. */
export interface ReconnectAttempt {
  /** Counts from 1 since the connection was interrupted. */
  readonly attempt: number
  /** The endpoint that is tried, without credentials. */
  readonly endpoint: string
  /** ms that are waited before the attempt. */
  readonly delay: number
}

/** What a provider reports that connects again by itself. Between `interrupted` and `resumed` it has no broker. */
export interface ReconnectionListener extends ProviderListener {
  /** The broker is gone. What it has delivered is stale: settling it does nothing, and it is delivered again. */
  interrupted(error: Error): void
  reconnecting(attempt: ReconnectAttempt): void
  /** Something failed that no call tells of. */
  report(error: Error): void
  /**
   * Another broker has all resources that were created and not destroyed, save browsers. Consumers have no credit.
   * What was not confirmed is sent again when this returns, before anything else.
   */
  resumed(peer: PeerInfo): void
}
