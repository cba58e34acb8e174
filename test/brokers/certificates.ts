/** Paths of the files `certificates.sh` makes. Every `.pem` has a `.key` beside it. */

import { fileURLToPath } from 'node:url'

export interface CertificatePaths {
  /** Signs `server` and `client`, and is what the brokers trust. */
  readonly ca: string
  /** Signs the certificate on `amqps-unknown-ca`; no broker trusts it. */
  readonly unknownCa: string
  /** What the brokers present: localhost, 127.0.0.1, ::1, broker.polymq.test. */
  readonly server: KeyPair
  /** CN=polymq-client, taken for SASL EXTERNAL by Artemis and RabbitMQ. */
  readonly client: KeyPair & { readonly pfx: string; readonly passphrase: string }
  /** The same name, signed by the unknown CA: the brokers refuse it. */
  readonly clientOfUnknownCa: KeyPair
}

export interface KeyPair {
  readonly certificate: string
  readonly key: string
}

export const certificates: CertificatePaths = {
  ca: path('ca.pem'),
  unknownCa: path('unknown-ca.pem'),
  server: pair('server'),
  client: { ...pair('client'), pfx: path('client.pfx'), passphrase: 'polymq-secret' },
  clientOfUnknownCa: pair('client-unknown-ca'),
}

function pair(name: string): KeyPair {
  return { certificate: path(`${name}.pem`), key: path(`${name}.key`) }
}

function path(file: string): string {
  return fileURLToPath(new URL(`certificates/${file}`, import.meta.url))
}
