/** Why the broker closes a channel or connection, or gives a message back: a code of AMQP 0-9-1 §1.2, and text. The `cause` of what the application gets. */
export class AmqpReplyError extends Error {
  override readonly name: string = 'AmqpReplyError'
  readonly code: number
  /** The method that a channel was closed over. */
  readonly method: number | undefined

  constructor(code: number, text: string, method?: number) {
    super(`${text} (${code})`)
    this.code = code
    this.method = method
  }
}

export const NO_ROUTE = 312
export const CONNECTION_FORCED = 320
export const ACCESS_REFUSED = 403
export const NOT_FOUND = 404
export const RESOURCE_LOCKED = 405
export const PRECONDITION_FAILED = 406
export const RESOURCE_ERROR = 506
export const NOT_ALLOWED = 530
export const NOT_IMPLEMENTED = 540
export const INTERNAL_ERROR = 541
