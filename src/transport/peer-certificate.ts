import type { TLSSocket } from 'node:tls'
import type { Logger } from '../options/logger.ts'
import type { PeerCertificate } from '../options/tls-options.ts'

const DAY = 86_400_000
/** With fewer days left, the logger is warned. */
const DAYS_TO_RENEW = 14

/** What the server showed in a handshake; undefined when it showed nothing. */
export function certificateOf(socket: TLSSocket, now: number = Date.now()): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate()
  if (certificate?.valid_to === undefined) return undefined
  const expiresAt = Date.parse(certificate.valid_to)
  return {
    subject: nameIn(certificate.subject),
    issuer: nameIn(certificate.issuer),
    alternativeNames: certificate.subjectaltname?.split(', ') ?? [],
    expiresAt,
    daysLeft: Math.floor((expiresAt - now) / DAY),
  }
}

/** Tells the logger of a certificate that soon nobody will accept any more. */
export function warnBeforeExpiry(
  certificate: PeerCertificate | undefined,
  endpoint: string,
  logger: Logger,
  now: number = Date.now(),
): void {
  if (certificate === undefined || certificate.expiresAt - now > DAYS_TO_RENEW * DAY) return
  logger.warn?.(`the certificate of the broker expires on ${dateOf(certificate.expiresAt)}; renew it at the broker`, {
    endpoint,
  })
}

/** `2027-03-31`. */
export function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** The common name, or what there is instead. */
function nameIn(name: { readonly CN?: string | string[]; readonly O?: string | string[] } | undefined): string {
  const known = name?.CN ?? name?.O ?? ''
  return typeof known === 'string' ? known : known.join(', ')
}
