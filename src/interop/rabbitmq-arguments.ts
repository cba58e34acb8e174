import { InvalidDestinationError } from '../errors.ts'
import type { ArgumentTable } from '../options/queue-arguments.ts'
import type { ResolvedRabbitMqOptions } from '../options/rabbitmq-options.ts'
import { DEAD_LETTER_QUEUE } from './rabbitmq-names.ts'
import { DEAD_LETTER_QUEUE_ARGUMENTS, QUEUE_ARGUMENTS, TOPIC_ARGUMENT } from './rabbitmq-queues.ts'

/** What the options of a connection make of the queues that it makes and uses on RabbitMQ. */

type Options = ResolvedRabbitMqOptions | undefined

/** Arguments of a queue that this client makes, as the options of the connection have it. */
export function argumentsOfQueue(options: Options, name: string): ArgumentTable {
  const isDeadLetterQueue = name === DEAD_LETTER_QUEUE
  const base = isDeadLetterQueue ? DEAD_LETTER_QUEUE_ARGUMENTS : QUEUE_ARGUMENTS
  return over(base, options?.queues.get(name) ?? (isDeadLetterQueue ? {} : (options?.queueDefaults ?? {})))
}

/** Arguments of the queue of a durable subscription. */
export function argumentsOfSubscription(options: Options, topic: string): ArgumentTable {
  return { ...over(QUEUE_ARGUMENTS, options?.queueDefaults ?? {}), [TOPIC_ARGUMENT]: topic }
}

/** What a queue has to have that is there; undefined when that is all the same. */
export function demandsOnQueue(options: Options, name: string): ArgumentTable | undefined {
  return options?.queues.get(name)
}

/** @param found - what it is at the broker; undefined when it is not set there */
export function otherArgument(
  queue: string,
  endpoint: string,
  argument: { readonly name: string; readonly asked: unknown; readonly found: unknown },
): InvalidDestinationError {
  const { name, asked, found } = argument
  // What is no text comes as text where the broker's refusal is all that is known.
  const there = found === undefined ? 'none' : typeof asked === 'string' ? JSON.stringify(found) : String(found)
  return new InvalidDestinationError(
    `queue ${queue} at ${endpoint} has ${optionOf(name)} ${there} (${name}), and rabbitmq.queues asks for ${JSON.stringify(asked)}; ask for what is there, or delete the queue first`,
  )
}

/** Whoever names another exchange for dead letters wants no routing key of ours with it. */
function over(base: ArgumentTable, given: ArgumentTable): ArgumentTable {
  if (!('x-dead-letter-exchange' in given)) return { ...base, ...given }
  const { 'x-dead-letter-routing-key': _, ...rest } = base
  return { ...rest, ...given }
}

/** `maxLength` for `x-max-length`: the table that names them the other way round is only there when options are checked. */
function optionOf(argument: string): string {
  return argument.replace(/^x-(?:queue-)?/, '').replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}
