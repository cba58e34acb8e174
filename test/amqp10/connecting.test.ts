import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { AuthenticationError, AuthorizationError, ConnectionError, connect, queue, TlsError } from '../../src/index.ts'
import { certificates, reader } from '../brokers/index.ts'
import { injectedBroker, injectedBrokers } from '../brokers/injected.ts'
import { ca, connectAndUse, failureOf, uniqueName } from './support.ts'

const clientCertificate = {
  ca,
  cert: readFileSync(certificates.client.certificate, 'utf8'),
  key: readFileSync(certificates.client.key, 'utf8'),
}

const products = {
  activemq: 'ActiveMQ',
  artemis: 'apache-activemq-artemis',
  rabbitmq: 'RabbitMQ',
  'rabbitmq-3': '',
  mosquitto: '',
}

describe.each(injectedBrokers('amqp').map((broker) => [broker.name, broker] as const))(
  'connecting to %s',
  (name, broker) => {
    it('works in plaintext on loopback, and tells who answered', async () => {
      const peer = await connectAndUse(broker.uri('amqp'))
      expect(peer).toMatchObject({ protocol: 'amqp10', product: products[name] })
      expect(peer.version).toMatch(/^\d+\.\d+/)
      expect(peer.endpoint).toBe(`amqp://${broker.host}:${broker.port('amqp')}`)
    })

    it.each(['amqps', 'amqp+ssl'])('works over TLS with %s', async (scheme) => {
      await connectAndUse(broker.uri('amqps').replace(/^amqps/, scheme), { tls: { ca } })
    })

    if (broker.has('amqp-ws'))
      it('works over a WebSocket', async () => {
        await connectAndUse(broker.uri('amqp-ws'))
      })

    it('takes credentials with special characters from options', async () => {
      const error = await failureOf(connect(broker.uri('amqp', null), { username: 'polymq', password: 'p#!@/%:' }))
      expect(error).toBeInstanceOf(AuthenticationError)
      await connectAndUse(broker.uri('amqp', null), {
        credentials: async () => ({ username: 'polymq', password: 'polymq-secret' }),
      })
    })

    it('says that an authority is not trusted, and which option mends it', async () => {
      const error = await failureOf(connect(broker.uri('amqps')))
      expect(error).toBeInstanceOf(TlsError)
      expect(error.message).toMatch(/not trusted here; set tls\.ca/)
    })

    it('warns when verification is off', async () => {
      const warnings: string[] = []
      const logger = { warn: (text: string) => void warnings.push(text) }
      await connectAndUse(broker.uri('amqps'), { tls: { rejectUnauthorized: false }, logger })
      expect(warnings).toContainEqual(expect.stringMatching(/not verified/))
    })

    if (broker.has('amqps-wrong-host'))
      it('says that the certificate is for another host', async () => {
        const error = await failureOf(connect(broker.uri('amqps-wrong-host'), { tls: { ca } }))
        expect(error).toBeInstanceOf(TlsError)
        expect(error.message).toMatch(/another host name.*tls\.servername/)
      })

    if (broker.has('amqps-expired'))
      it('says that the certificate has expired', async () => {
        const error = await failureOf(connect(broker.uri('amqps-expired'), { tls: { ca } }))
        expect(error).toBeInstanceOf(TlsError)
        expect(error.message).toMatch(/has expired; renew it.*it expired on 2021-01-01/)
      })

    it('says that a TLS port was spoken to in plaintext, or gives up in time', async () => {
      const error = await failureOf(connect(broker.uri('amqps').replace(/^amqps/, 'amqp'), { connectTimeout: 2_000 }))
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.message).toMatch(/TLS/)
    })

    it('says that a plaintext port was spoken to with TLS, or gives up in time', async () => {
      const error = await failureOf(
        connect(broker.uri('amqp').replace(/^amqp/, 'amqps'), { tls: { ca }, connectTimeout: 2_000 }),
      )
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.message).toMatch(/plaintext|TLS/)
    })

    it('says that another protocol answers, or gives up in time', async () => {
      const error = await failureOf(connect(broker.uri('mqtt').replace(/^mqtt/, 'amqp'), { connectTimeout: 1_000 }))
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.message).toMatch(/this protocol|another protocol|does not speak AMQP/)
    })

    it('names the user that was refused, and not the password', async () => {
      const error = await failureOf(connect(broker.uri('amqp', { username: 'polymq', password: 'not-it' })))
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(error.message).toMatch(/"polymq".*check username and password/)
      expect(error.message).not.toContain('not-it')
    })

    it('lets the process end after a refused login', async () => {
      const uri = broker.uri('amqp', { username: 'polymq', password: 'not-it' })
      const child = spawn(process.execPath, [fileURLToPath(new URL('refused-login.ts', import.meta.url)), uri])
      const [status] = await once(child, 'exit')
      expect(status).toBe(0)
    })

    it('says that an anonymous user is not taken', async () => {
      const error = await failureOf(connect(broker.uri('amqp', null)))
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(error.message).toMatch(/anonymous.*give username and password/)
    })

    it('says what a user may not do', async () => {
      await using connection = await connect(broker.uri('amqp', reader))
      const error = await failureOf(connection.send(queue(uniqueName('forbidden')), 'x'))
      expect(error).toBeInstanceOf(AuthorizationError)
      expect(error.message).toMatch(/queue forbidden/)
      expect(connection.state).toBe('connected')
    })

    if (broker.has('amqps-client-certificate'))
      it('takes a client certificate along with a password', async () => {
        await connectAndUse(broker.uri('amqps-client-certificate'), { tls: clientCertificate })
      })

    it('ends the attempt when its signal aborts', async () => {
      const error = await failureOf(connect(broker.uri('amqp'), { signal: AbortSignal.abort(new Error('enough')) }))
      expect(error).toMatchObject({ code: 'ERR_ABORTED' })
    })
  },
)

describe.each(['artemis', 'rabbitmq'] as const)('a client certificate on %s', (name) => {
  const broker = injectedBroker(name)

  if (broker !== undefined)
    it('is who connects, by SASL EXTERNAL', async () => {
      await connectAndUse(broker?.uri('amqps-client-certificate', null) ?? '', { tls: clientCertificate })
    })

  if (broker !== undefined)
    it('may come as PKCS#12', async () => {
      const { pfx, passphrase } = certificates.client
      await connectAndUse(broker?.uri('amqps-client-certificate', null) ?? '', {
        tls: { ca, pfx: readFileSync(pfx), passphrase },
      })
    })

  if (broker !== undefined)
    it('is refused when the broker does not know its authority', async () => {
      const error = await failureOf(
        connect(broker?.uri('amqps-client-certificate', null) ?? '', {
          tls: {
            ca,
            cert: readFileSync(certificates.clientOfUnknownCa.certificate, 'utf8'),
            key: readFileSync(certificates.clientOfUnknownCa.key, 'utf8'),
          },
        }),
      )
      expect(error).toBeInstanceOf(TlsError)
      expect(error.message).toMatch(/does not trust the client certificate; set tls\.cert/)
    })
})

describe('a virtual host of RabbitMQ that does not exist', () => {
  const broker = injectedBroker('rabbitmq')

  if (broker !== undefined)
    it('is what the error points at', async () => {
      const error = await failureOf(connect(`${broker?.uri('amqp')}/no-such-virtual-host`))
      expect(error).toBeInstanceOf(ConnectionError)
      expect(error.message).toMatch(/virtual host/)
    })
})
