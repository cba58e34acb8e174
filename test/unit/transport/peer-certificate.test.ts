import { describe, expect, it } from 'vitest'
import type { PeerCertificate } from '../../../src/index.ts'
import { warnBeforeExpiry } from '../../../src/transport/peer-certificate.ts'

const DAY = 86_400_000
const expiresAt = Date.UTC(2027, 2, 31)
const certificate: PeerCertificate = { subject: 'a', issuer: 'b', alternativeNames: [], expiresAt, daysLeft: 0 }

function warningsAt(now: number): string[] {
  const warnings: string[] = []
  warnBeforeExpiry(certificate, 'amqps://a:5671', { warn: (text) => void warnings.push(text) }, now)
  return warnings
}

describe('a certificate that is about to expire', () => {
  it('is told to the logger two weeks ahead', () => {
    expect(warningsAt(expiresAt - 14 * DAY)).toEqual([
      'the certificate of the broker expires on 2027-03-31; renew it at the broker',
    ])
    expect(warningsAt(expiresAt - 15 * DAY)).toEqual([])
  })
})
