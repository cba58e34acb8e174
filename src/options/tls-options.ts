/** TLS settings; names and meanings are those of Node's `tls.connect`. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the bundled ones, PEM. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** Client certificate chain, PEM. */
  readonly cert?: string | Uint8Array
  /** Private key of the client certificate, PEM. */
  readonly key?: string | Uint8Array
  /** Client certificate and key in one PKCS#12 file. */
  readonly pfx?: Uint8Array
  /** Opens `key` or `pfx`. */
  readonly passphrase?: string
  /** Host name to send as SNI and to verify, when it differs from the one connected to. */
  readonly servername?: string
  /** Lowest TLS version to accept; `TLSv1.2` by default. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** Cipher suites to offer, in OpenSSL's notation, for example `ECDHE-RSA-AES256-GCM-SHA384`; Node's list by default. */
  readonly ciphers?: string
  /** Application protocols to offer (ALPN), for a load balancer that routes by them; none by default. */
  readonly ALPNProtocols?: readonly string[]
  /** Whether the certificate and host name are verified; true by default. Turning it off logs a warning. */
  readonly rejectUnauthorized?: boolean
}

/** What a broker's certificate says. */
export interface PeerCertificate {
  /** Common name of whom it is for. */
  readonly subject: string
  /** Common name of the authority that signed it. */
  readonly issuer: string
  /** The names and addresses it is valid for, for example `DNS:broker.example.com`. */
  readonly alternativeNames: readonly string[]
  /** When it expires, ms since the epoch. */
  readonly expiresAt: number
  /** Whole days until then, when the connection was made; negative once it has expired. */
  readonly daysLeft: number
}
