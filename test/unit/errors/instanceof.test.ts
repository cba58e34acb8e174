import { describe, expect, it } from 'vitest'
import * as errors from '../../../src/errors.ts'
import { ConnectionError, ConnectionLostError, MessagingError, TimeoutError } from '../../../src/errors.ts'

describe('instanceof', () => {
  it('follows the hierarchy of errors', () => {
    const error = new ConnectionLostError('lost')
    expect(error instanceof ConnectionLostError).toBe(true)
    expect(error instanceof ConnectionError).toBe(true)
    expect(error instanceof MessagingError).toBe(true)
    expect(error instanceof TimeoutError).toBe(false)
  })

  it('holds for the same class of another copy of the package', () => {
    const foreign = Object.create(Object.prototype, { [Symbol.for('polymq.error.ERR_TIMEOUT')]: { value: true } })
    expect(foreign instanceof TimeoutError).toBe(true)
    expect((null as unknown as object) instanceof TimeoutError).toBe(false)
  })

  it('tells a class that an application derives from its base', () => {
    class OrderError extends MessagingError {}
    expect(new OrderError('ERR_ORDER', 'no') instanceof OrderError).toBe(true)
    expect(new OrderError('ERR_ORDER', 'no') instanceof MessagingError).toBe(true)
    expect(new MessagingError('ERR_MESSAGING', 'no') instanceof OrderError).toBe(false)
  })
})

describe('the name of an error', () => {
  it('is that of its class, also where a minifier calls the class otherwise', () => {
    const { UnsupportedFeatureError, ...others } = errors
    for (const [name, Class] of Object.entries(others)) {
      const Made = Class as new (first: string, second: string) => Error
      expect(new Made('one', 'two').name).toBe(name)
      Object.defineProperty(Made, 'name', { value: 'e' })
      expect(new Made('one', 'two').name).toBe(name)
    }
    const parts = { feature: 'selectors', protocol: 'amqp10', peer: 'RabbitMQ', alternative: 'filter yourself' }
    expect(new UnsupportedFeatureError(parts).name).toBe('UnsupportedFeatureError')
  })

  it('is its own where an application derives a class', () => {
    class OrderError extends MessagingError {}
    expect(new OrderError('ERR_ORDER', 'no').name).toBe('OrderError')
  })
})
