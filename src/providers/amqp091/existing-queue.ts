import type { QueueDefinition } from '../../interop/rabbitmq-objects.ts'
import { QUEUE_ARGUMENTS } from '../../interop/rabbitmq-queues.ts'
import type { PropertyInput } from '../../message/message-data.ts'
import type { ArgumentTable } from '../../options/queue-arguments.ts'
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

/** What of a queue is not as it is asked for: an argument, and its value; undefined when it has none. */
export interface Difference {
  readonly name: string
  readonly found: PropertyInput | undefined
}

/**
 * Whether a queue that others made has a dead-letter exchange; the broker drops without a word what is rejected in a queue
 * without one.
 */
export async function deadLettersOf(administration: Administration, queue: string): Promise<boolean> {
  const base = { ...QUEUE_ARGUMENTS, [DEAD_LETTER_EXCHANGE]: '' }
  const difference = await differenceOf(administration, queue, base, new Set([DEAD_LETTER_EXCHANGE]))
  return difference === undefined || (difference !== 'unknown' && difference.found !== undefined)
}

/** The first of `asked` that a queue which is there does not have as asked; `unknown` when the broker does not tell. */
export function differenceFrom(
  administration: Administration,
  queue: string,
  asked: ArgumentTable,
): Promise<Difference | 'unknown' | undefined> {
  return differenceOf(administration, queue, { ...QUEUE_ARGUMENTS, ...asked }, new Set(Object.keys(asked)))
}

/**
 * The protocol has no question for the arguments of a queue. But who declares one that is there with another argument is told
 * which, and what it is: so they are learnt one by one, until one differs that counts, or none does.
 */
async function differenceOf(
  administration: Administration,
  queue: string,
  guess: ArgumentTable,
  counting: ReadonlySet<string>,
): Promise<Difference | 'unknown' | undefined> {
  const table: Record<string, PropertyInput> = { ...guess }
  let definition: QueueDefinition = { durable: true, exclusive: false, autoDelete: false, arguments: table }
  for (let questions = 0; questions < MOST_QUESTIONS; questions++) {
    try {
      await administration.declare(queue, definition)
      return undefined
    } catch (error) {
      const difference = replyCodeOf(error) === PRECONDITION_FAILED ? DIFFERENCE.exec((error as Error).message) : null
      const { name = '', none, value, type, plain } = difference?.groups ?? {}
      if (difference === null) return 'unknown'
      const found = none === undefined ? (plain ?? fieldOf(type, value)) : undefined
      if (counting.has(name)) return { name, found }
      if (FLAGS.has(name)) definition = withFlag(definition, name, plain === 'true')
      else if (found === undefined) delete table[name]
      else table[name] = found
    }
  }
  return 'unknown'
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
