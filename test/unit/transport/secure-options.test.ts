import { describe, expect, it } from 'vitest'
import { secureOptions } from '../../../src/transport/tls.ts'

describe('options of TLS', () => {
  it('are strict by default', () => {
    expect(secureOptions('broker.example.com', {})).toEqual({
      minVersion: 'TLSv1.2',
      rejectUnauthorized: true,
      servername: 'broker.example.com',
    })
  })

  it('carry ciphers and application protocols', () => {
    const options = { ciphers: 'ECDHE-RSA-AES256-GCM-SHA384', ALPNProtocols: ['amqp'], servername: 'other' }
    expect(secureOptions('127.0.0.1', options)).toMatchObject(options)
  })
})
