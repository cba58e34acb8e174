/** Who connects. Both missing means anonymous, or the client certificate where TLS has one. */
export interface Credentials {
  /** User name as the broker knows it. */
  readonly username?: string
  /** Password or token; never part of an error, a log or an event. */
  readonly password?: string
}

/** Credentials that are valid for some time, such as a token. */
export interface TemporaryCredentials extends Credentials {
  /**
   * When they expire, ms since the epoch. New ones are asked for once four fifths of the time until then are over. RabbitMQ gets those
   * of the same user over the connection that is there, by AMQP 0-9-1; otherwise the connection is made again with them. Never by default, and not
   * with `failover: false`.
   */
  readonly expiresAt?: number
}

/** Asked each time a connection is made. */
export type CredentialsFunction = () => TemporaryCredentials | Promise<TemporaryCredentials>
