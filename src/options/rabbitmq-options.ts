import { InvalidOptionError } from '../errors.ts'
import { parseOptions } from './parse-options.ts'
import {
  type ArgumentTable,
  argumentTable,
  checkForType,
  type GivenQueueArguments,
  type QueueArguments,
  queueArgumentFields,
} from './queue-arguments.ts'
import { boolean, Mismatch, object, optional, type Schema, withDefault } from './schema.ts'

/** What the queues are like that a connection makes on RabbitMQ, and how answers to its requests come. */
export interface RabbitMqOptions {
  /**
   * Queues that are made because something is sent to them, or consumed from them, and those of durable subscriptions. What is
   * left out: `type: 'quorum'`, and dead letters go to the queue `DLQ`. A queue that is there is taken as it is.
   */
  readonly queueDefaults?: QueueArguments
  /**
   * Queues by their names, instead of `queueDefaults`. One that is there has to have what is given here; using it is an
   * `InvalidDestinationError` that names both values otherwise.
   */
  readonly queues?: Readonly<Record<string, QueueArguments>>
  /**
   * Whether answers to `request()` come by RabbitMQ's direct reply-to instead of a queue of the connection; false by default.
   * Over AMQP 0-9-1 only (`?amqp.version=0-9-1` in the URI), an `InvalidOptionError` over RabbitMQ's other protocols. Nothing is
   * declared for it, and the user needs no permission to; but repliers over AMQP 1.0 cannot answer on RabbitMQ 4.0, and answers on
   * their way are lost when the broker closes the channel over a message that it refuses: those requests are asked again, and the
   * `error` event tells.
   */
  readonly directReplyTo?: boolean
}

/** The arguments that are asked for, as the broker names them. */
export interface ResolvedRabbitMqOptions {
  readonly queueDefaults: ArgumentTable
  readonly queues: ReadonlyMap<string, ArgumentTable>
  readonly directReplyTo: boolean
  /**
   * Called over a protocol in which RabbitMQ has no direct reply-to.
   *
   * @throws InvalidOptionError when it is asked for
   */
  refuseDirectReplyTo(protocol: string, endpoint: string): void
}

const queueArguments = object(queueArgumentFields)

const queuesByName: Schema<ReadonlyMap<string, GivenQueueArguments>> = (value) => {
  if (typeof value !== 'object' || value === null) throw new Mismatch('expected an object of queues by their names')
  const shape = Object.fromEntries(Object.keys(value).map((name) => [name, queueArguments]))
  return new Map(Object.entries(object(shape)(value)))
}

const rabbitMqOptions = object({
  queueDefaults: optional(queueArguments),
  queues: optional(queuesByName),
  directReplyTo: withDefault(boolean, false),
})

/**
 * Checks `connect()`'s option `rabbitmq`.
 *
 * @throws InvalidOptionError naming the option, for example `rabbitmq.queues.orders.maxLength`
 */
export function parseRabbitMqOptions(options: unknown): ResolvedRabbitMqOptions {
  const parsed = parseOptions('connect', rabbitMqOptions, options, ['rabbitmq'])
  const { queueDefaults = {}, queues = new Map(), directReplyTo } = parsed
  const table = (given: GivenQueueArguments, name: string): ArgumentTable => {
    checkForType('connect', `rabbitmq.${name}.`, given.type ?? 'quorum', given)
    return Object.freeze(argumentTable(given))
  }
  return Object.freeze({
    queueDefaults: table(queueDefaults, 'queueDefaults'),
    queues: new Map([...queues].map(([name, given]) => [name, table(given, `queues.${name}`)])),
    directReplyTo,
    refuseDirectReplyTo: (protocol: string, endpoint: string) => {
      if (directReplyTo) throw noDirectReplyTo(protocol, endpoint)
    },
  })
}

function noDirectReplyTo(protocol: string, endpoint: string): InvalidOptionError {
  return new InvalidOptionError(
    'rabbitmq.directReplyTo',
    `the option rabbitmq.directReplyTo does not hold over ${protocol}, which ${endpoint} speaks; connect over AMQP 0-9-1 (amqp://…?amqp.version=0-9-1), or leave it out`,
  )
}
