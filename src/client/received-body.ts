import { MessageFormatError } from '../errors.ts'
import type { BodySchema } from '../message/destination.ts'
import type { MessageData, MessageKind } from '../message/message-data.ts'

/** A body as the application sees it. */
export interface ReceivedBody {
  readonly kind: MessageKind
  readonly value: unknown
}

/** A body marked as JSON that does not parse is handed over as the text it is: the sender's mistake must not block the queue. */
export function readBody(message: MessageData): ReceivedBody {
  const value = message.body
  switch (message.kind) {
    case 'object':
      try {
        return { kind: 'object', value: JSON.parse(value as string) }
      } catch {
        return { kind: 'text', value }
      }
    case 'map':
    case 'stream':
      return { kind: message.kind, value: Object.freeze(value) }
    default:
      return { kind: message.kind, value }
  }
}

/**
 * Runs a Standard Schema over a body; gives what the schema made of it. Asynchronous only where the schema is.
 *
 * @throws MessageFormatError with the first complaints of the schema
 */
export function checkBody<T>(schema: BodySchema<T>, body: unknown, where: string): T | Promise<T> {
  const result = schema['~standard'].validate(body)
  return result instanceof Promise ? result.then((settled) => accept<T>(settled, where)) : accept<T>(result, where)
}

type SchemaResult<T> = Awaited<ReturnType<BodySchema<T>['~standard']['validate']>>

function accept<T>(result: SchemaResult<T>, where: string): T {
  if (result.issues === undefined) return result.value
  const complaints = result.issues.slice(0, 3).map((issue) => {
    const path = issue.path?.map((step) => String(typeof step === 'object' ? step.key : step)).join('.')
    return path ? `${path}: ${issue.message}` : issue.message
  })
  throw new MessageFormatError(`the body does not fit the schema of ${where}: ${complaints.join('; ')}`, {
    cause: result.issues,
  })
}
