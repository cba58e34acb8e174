import { describe, expect, it } from 'vitest'
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
