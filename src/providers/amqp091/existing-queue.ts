import type { QueueDefinition } from '../../interop/rabbitmq-objects.ts'
import { QUEUE_ARGUMENTS } from '../../interop/rabbitmq-queues.ts'
import type { PropertyInput } from '../../message/message-data.ts'
import type { Administration } from './administration.ts'
import { PRECONDITION_FAILED } from './reply.ts'
import { replyCodeOf } from './request-channel.ts'

const DEAD_LETTER_EXCHANGE = 'x-dead-letter-exchange'
/** More arguments than RabbitMQ has. */
const MOST_QUESTIONS = 24
const FLAGS: ReadonlySet<string> = new Set(['durable', 'auto_delete', 'exclusive'])
/** `inequivalent arg 'x-expires' for queue 'q' in vhost '/': received none but current is the value '5' of type 'long'` */
const DIFFERENCE =
  /inequivalent arg '(?<name>[^']+)' for queue .*: received .* but current is (?:(?<none>none)|the value '(?<value>.*)' of type '(?<type>\w+)'|'(?<plain>[^']*)')/s

/**
 * Whether a queue that others made has a dead-letter exchange. The protocol has no question for it, and the broker drops
 * without a word what is rejected in a queue without one. But who declares a queue that is there with another argument is
 * told which, and what it is: so the arguments are learnt one by one, until that one is known.
 */
export async function deadLettersOf(administration: Administration, queue: string): Promise<boolean> {
  const table: Record<string, PropertyInput> = { ...QUEUE_ARGUMENTS }
  let definition: QueueDefinition = { durable: true, exclusive: false, autoDelete: false, arguments: table }
  for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
    try {
      await administration.declare(queue, definition)
      return DEAD_LETTER_EXCHANGE in table
    } catch (error) {
      const difference = replyCodeOf(error) === PRECONDITION_FAILED ? DIFFERENCE.exec((error as Error).message) : null
      const { name = '', none, value, type, plain } = difference?.groups ?? {}
      if (difference === null) return false
      if (name === DEAD_LETTER_EXCHANGE) return none === undefined
      if (FLAGS.has(name)) definition = withFlag(definition, name, plain === 'true')
      else if (none !== undefined) delete table[name]
      else table[name] = plain ?? fieldOf(type, value)
    }
  }
  return false
}

function fieldOf(type = '', value = ''): PropertyInput {
  if (type === 'longstr') return value
  return type === 'bool' ? value === 'true' : Number(value)
}

function withFlag(definition: QueueDefinition, name: string, isSet: boolean): QueueDefinition {
  switch (name) {
    case 'durable':
      return { ...definition, durable: isSet }
    case 'auto_delete':
      return { ...definition, autoDelete: isSet }
    default:
      return { ...definition, exclusive: isSet }
  }
}
