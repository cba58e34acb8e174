/** Who connects. Both missing means anonymous, or the client certificate where TLS has one. */
export interface Credentials {
  readonly username?: string
  readonly password?: string
}
