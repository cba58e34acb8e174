import { readFileSync } from 'node:fs'
import type { TlsOptions as ServerOptions } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { connect, TlsError, type TlsOptions } from '../../src/index.ts'
import { certificates } from '../brokers/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { ca, connectAndUse, failureOf } from './support.ts'
import { TlsFront } from './tls-front.ts'

const DAY = 86_400_000
const broker = injectedBrokers('amqp')[0]
const fronts: TlsFront[] = []

afterEach(() => {
  for (const front of fronts.splice(0)) front.close()
})

/** A load balancer with TLS before a broker. */
async function front(options?: ServerOptions, port = broker?.port('amqp') ?? 0): Promise<TlsFront> {
  const opened = await TlsFront.before(port, options)
  fronts.push(opened)
  return opened
}

function uriOf({ port }: TlsFront, host = 'localhost', scheme = 'amqps'): string {
  return `${scheme}://${broker?.username}:${broker?.password}@${host}:${port}`
}

async function refusal(tlsFront: TlsFront, tls: TlsOptions, host?: string): Promise<TlsError> {
  const error = await failureOf(connect(uriOf(tlsFront, host), { tls: { ca, ...tls } }))
  expect(error).toBeInstanceOf(TlsError)
  return error as TlsError
}

describe('TLS', () => {
  it('sends the host name that is connected to', async () => {
    const balancer = await front()
    await connectAndUse(uriOf(balancer), { tls: { ca } })
    expect(balancer.servernames).toEqual(['localhost'])
  })

  it('verifies and sends tls.servername instead, for a name of the DNS or a load balancer before the broker', async () => {
    const balancer = await front()
    await connectAndUse(uriOf(balancer, '127.0.0.1'), { tls: { ca, servername: 'broker.polymq.test' } })
    expect(balancer.servernames).toEqual(['broker.polymq.test'])
    const { message } = await refusal(balancer, { servername: 'other.polymq.test' })
    expect(message).toMatch(/for another host name.*tls\.servername.*it is for DNS:localhost, DNS:broker\.polymq\.test/)
  })

  it('agrees on an application protocol', async () => {
    const balancer = await front({ ALPNProtocols: ['x-amqp'] })
    await connectAndUse(uriOf(balancer), { tls: { ca, ALPNProtocols: ['other', 'x-amqp'] } })
    expect(balancer.protocols).toEqual(['x-amqp'])
    const { message } = await refusal(balancer, { ALPNProtocols: ['other'] })
    expect(message).toMatch(/takes none of the protocols in tls\.ALPNProtocols/)
  })

  it('says that the peer has only older versions than are accepted', async () => {
    const old = await front({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' })
    expect((await refusal(old, {})).message).toMatch(/no TLS version that is accepted here.*tls\.minVersion/)
    const recent = await front({ maxVersion: 'TLSv1.2' })
    expect((await refusal(recent, { minVersion: 'TLSv1.3' })).message).toMatch(/tls\.minVersion/)
    await connectAndUse(uriOf(recent), { tls: { ca } })
  })

  it('takes a list of ciphers, and says when the peer has none of them', async () => {
    const balancer = await front({ maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' })
    await connectAndUse(uriOf(balancer), { tls: { ca, ciphers: 'ECDHE-RSA-AES256-GCM-SHA384' } })
    const { message } = await refusal(balancer, { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' })
    expect(message).toMatch(/no cipher in common.*tls\.ciphers/)
  })

  it('names the option with a cipher that nobody knows', async () => {
    const { message } = await refusal(await front(), { ciphers: 'ROT13' })
    expect(message).toMatch(/tls\.ciphers names no cipher that is known here/)
  })

  it('names the options when a key cannot be opened', async () => {
    const pfx = readFileSync(certificates.client.pfx)
    const { message } = await refusal(await front(), { pfx, passphrase: 'wrong' })
    expect(message).toMatch(/check tls\.cert, tls\.key, tls\.pfx and tls\.passphrase/)
    expect(message).not.toContain('wrong')
  })

  it('tells who signed a certificate that is not trusted', async () => {
    const error = await failureOf(connect(uriOf(await front())))
    expect(error).toBeInstanceOf(TlsError)
    expect(error.message).toMatch(/set tls\.ca.*it is for localhost, signed by polymq test CA/)
  })

  it('shows the certificate of the peer, and for how long it is valid', async () => {
    const { certificate } = await connectAndUse(uriOf(await front()), { tls: { ca } })
    expect(certificate).toMatchObject({ subject: 'localhost', issuer: 'polymq test CA' })
    expect(certificate?.alternativeNames).toContain('DNS:broker.polymq.test')
    expect(certificate?.daysLeft).toBe(Math.floor(((certificate?.expiresAt ?? 0) - Date.now()) / DAY))
    expect(certificate?.daysLeft).toBeGreaterThan(0)
  })
})

describe('TLS under a WebSocket', () => {
  const withWebSocket = injectedBroker('activemq') ?? injectedBroker('artemis')
  const port = withWebSocket?.port('amqp-ws')

  if (withWebSocket !== undefined) {
    it('shows the certificate of the peer', async () => {
      const secure = uriOf(await front({}, port), 'localhost', 'amqp+wss')
      const peer = await connectAndUse(secure, { tls: { ca } })
      expect(peer.certificate).toMatchObject({ subject: 'localhost', issuer: 'polymq test CA' })
    })

    it('says what is wrong with a certificate', async () => {
      const secure = uriOf(await front({}, port), 'localhost', 'amqp+wss')
      const error = await failureOf(connect(secure, { tls: { ca, servername: 'other.polymq.test' } }))
      expect(error).toBeInstanceOf(TlsError)
      expect(error.message).toMatch(/for another host name.*it is for DNS:localhost/)
    })
  }
})
