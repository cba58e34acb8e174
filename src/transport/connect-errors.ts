import { ConnectionError, type MessagingError, TlsError } from '../errors.ts'
import type { PeerCertificate } from '../options/tls-options.ts'
import { dateOf } from './peer-certificate.ts'

/** What a system error on connecting means for the user, by its `code`. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there; check host and port, and that the broker has started',
  ECONNRESET: 'the peer closed the connection; check that the port speaks this protocol, with TLS where it expects it',
  EPIPE: 'the peer closed the connection; check that the port speaks this protocol, with TLS where it expects it',
  ENOTFOUND: 'the host name is not known; check its spelling and the DNS',
  EAI_AGAIN: 'the host name could not be looked up now; check the DNS and the network',
  EHOSTUNREACH: 'the host cannot be reached; check the network, its routes and firewalls',
  ENETUNREACH: 'the network cannot be reached; check the network connection',
  ETIMEDOUT: 'nothing answers there; check host and port, firewalls and security groups',
  EADDRNOTAVAIL: 'no local address is left to connect from; close connections that are not needed',
  HPE_INVALID_CONSTANT: 'the answer is not HTTP, so no WebSocket can be opened there; check the port and the scheme',
  EMFILE: 'this process has too many open files; raise its limit or close connections',
}

/** What a TLS failure means for the user, by its `code`; those of alerts as {@link anyVersion} gives them. */
const TLS_ADVICE: Readonly<Record<string, string>> = {
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate is for another host name; connect by the name it is for, or set tls.servername to that name',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'the certificate is signed by an authority that is not trusted here; set tls.ca to the certificate of that authority',
  UNABLE_TO_GET_ISSUER_CERT:
    'the certificate chain is incomplete; set tls.ca to the certificate of the authority that signed it',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate is signed by an authority that is not trusted here; set tls.ca to the certificate of that authority',
  SELF_SIGNED_CERT_IN_CHAIN:
    'the certificate chain ends in an authority that is not trusted here; set tls.ca to the certificate of that authority',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed; set tls.ca to that certificate to trust it',
  CERT_HAS_EXPIRED: 'the certificate has expired; renew it at the broker',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet; check the clocks of this machine and the broker',
  CERT_REVOKED: 'the certificate has been revoked; renew it at the broker',
  ERR_SSL_ALERT_UNKNOWN_CA:
    'the broker does not trust the client certificate; set tls.cert to one signed by an authority it knows',
  ERR_SSL_ALERT_CERTIFICATE_REQUIRED: 'the broker wants a client certificate; set tls.cert and tls.key, or tls.pfx',
  ERR_SSL_ALERT_BAD_CERTIFICATE: 'the broker refuses the client certificate; check tls.cert and tls.key',
  ERR_SSL_ALERT_CERTIFICATE_EXPIRED: 'the client certificate has expired; renew it',
  ERR_SSL_ALERT_PROTOCOL_VERSION:
    'the broker offers no TLS version that is accepted here; it needs TLS 1.2, or the one in tls.minVersion',
  ERR_SSL_UNSUPPORTED_PROTOCOL:
    'the broker offers no TLS version that is accepted here; it needs TLS 1.2, or the one in tls.minVersion',
  ERR_SSL_ALERT_HANDSHAKE_FAILURE:
    'the broker and this client have no cipher in common, or it wants a client certificate; check tls.ciphers, tls.minVersion and tls.cert',
  ERR_SSL_ALERT_CERTIFICATE_UNKNOWN:
    'the broker does not trust the client certificate; set tls.cert to one signed by an authority it knows',
  ERR_SSL_NO_CIPHER_MATCH: 'tls.ciphers names no cipher that is known here; mend it, or leave it out',
  ERR_SSL_NO_CIPHERS_AVAILABLE:
    'tls.ciphers has no cipher for the TLS versions accepted here; mend it, or leave it out',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: 'tls.ciphers and tls.minVersion leave no TLS version; mend one of them',
  ERR_SSL_ALERT_NO_APPLICATION_PROTOCOL:
    'the peer takes none of the protocols in tls.ALPNProtocols; set those that it is configured for',
  ERR_TLS_INVALID_PROTOCOL_VERSION: 'tls.minVersion is not a TLS version; use TLSv1.2 or TLSv1.3',
}

/** Codes that OpenSSL gives when the answer to its handshake is no TLS at all. */
const PLAINTEXT_ANSWERS: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_UNEXPECTED_MESSAGE',
  'ERR_SSL_BAD_RECORD_TYPE',
])

/**
 * Turns what a socket reports while it connects into an error that says what to do.
 *
 * @param certificate - what the peer had shown, for an error that is about it
 */
export function describeConnectFailure(error: Error, endpoint: string, certificate?: PeerCertificate): MessagingError {
  const cause = firstOf(error)
  const code = codeOf(cause)
  const advice = ADVICE[code]
  if (advice !== undefined) return new ConnectionError(`cannot connect to ${endpoint}: ${advice} (${code})`, { cause })
  return (
    describeTlsFailure(cause, endpoint, certificate) ??
    new ConnectionError(`cannot connect to ${endpoint}: ${cause.message}`, { cause })
  )
}

/** The TLS error behind a failure; undefined when it has nothing to do with TLS. */
export function describeTlsFailure(
  error: Error,
  endpoint: string,
  certificate?: PeerCertificate,
): TlsError | undefined {
  const code = codeOf(error)
  if (PLAINTEXT_ANSWERS.has(code)) {
    return new TlsError(
      `cannot connect to ${endpoint}: the port answers in plaintext; use the port for TLS, or the scheme without TLS (${code})`,
      { cause: error },
    )
  }
  const advice = TLS_ADVICE[anyVersion(code)]
  if (advice !== undefined) {
    const shown = certificate === undefined ? '' : `; ${describe(certificate, code)}`
    return new TlsError(`cannot connect to ${endpoint}: ${advice} (${code})${shown}`, { cause: error })
  }
  if (
    code.startsWith('ERR_SSL') ||
    code.startsWith('ERR_TLS') ||
    code.startsWith('ERR_OSSL') ||
    code.startsWith('CERT_')
  ) {
    return new TlsError(`cannot connect to ${endpoint}: TLS failed: ${error.message.trim()} (${code})`, {
      cause: error,
    })
  }
  if (/mac verify failure|bad decrypt|PEM|pkcs12/i.test(error.message)) {
    return new TlsError(
      `cannot connect to ${endpoint}: the client certificate or key cannot be read; check tls.cert, tls.key, tls.pfx and tls.passphrase`,
      { cause: error },
    )
  }
  return undefined
}

/** What the certificate says of that which is wrong with it. */
function describe({ subject, issuer, alternativeNames, expiresAt }: PeerCertificate, code: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return `it is for ${alternativeNames.join(', ') || subject}`
  if (code === 'CERT_HAS_EXPIRED') return `it expired on ${dateOf(expiresAt)}`
  return `it is for ${subject}, signed by ${issuer}, valid until ${dateOf(expiresAt)}`
}

/** OpenSSL names an alert after the version of TLS that it came with, and not always after the same one. */
function anyVersion(code: string): string {
  return code.replace(/^ERR_SSL_(SSL\/TLS|SSLV3|TLSV1|TLSV13)_ALERT_/, 'ERR_SSL_ALERT_')
}

/** A host with several addresses gives one error for each; the first says why. */
function firstOf(error: Error): Error {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return first instanceof Error ? first : error
}

function codeOf(error: Error): string {
  const code = (error as { readonly code?: unknown }).code
  return typeof code === 'string' ? code : ''
}
