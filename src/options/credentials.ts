/** Who connects. Both missing means anonymous, or the client certificate where TLS has one. */
export interface Credentials {
  /** User name as the broker knows it. */
  readonly username?: string
  /** Password or token; never part of an error, a log or an event. */
  readonly password?: string
}
