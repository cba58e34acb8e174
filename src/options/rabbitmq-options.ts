import { parseOptions } from './parse-options.ts'
import {
  type ArgumentTable,
  argumentTable,
  checkForType,
  type GivenQueueArguments,
  type QueueArguments,
  queueArgumentFields,
} from './queue-arguments.ts'
import { Mismatch, object, optional, type Schema } from './schema.ts'

/** What the queues are like that a connection makes on RabbitMQ. */
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
}

/** The arguments that are asked for, as the broker names them. */
export interface ResolvedRabbitMqOptions {
  readonly queueDefaults: ArgumentTable
  readonly queues: ReadonlyMap<string, ArgumentTable>
}

const queueArguments = object(queueArgumentFields)

const queuesByName: Schema<ReadonlyMap<string, GivenQueueArguments>> = (value) => {
  if (typeof value !== 'object' || value === null) throw new Mismatch('expected an object of queues by their names')
  const shape = Object.fromEntries(Object.keys(value).map((name) => [name, queueArguments]))
  return new Map(Object.entries(object(shape)(value)))
}

const rabbitMqOptions = object({ queueDefaults: optional(queueArguments), queues: optional(queuesByName) })

/**
 * Checks `connect()`'s option `rabbitmq`.
 *
 * @throws InvalidOptionError naming the option, for example `rabbitmq.queues.orders.maxLength`
 */
export function parseRabbitMqOptions(options: unknown): ResolvedRabbitMqOptions {
  const { queueDefaults = {}, queues = new Map() } = parseOptions('connect', rabbitMqOptions, options, ['rabbitmq'])
  const table = (given: GivenQueueArguments, name: string): ArgumentTable => {
    checkForType('connect', `rabbitmq.${name}.`, given.type ?? 'quorum', given)
    return Object.freeze(argumentTable(given))
  }
  return Object.freeze({
    queueDefaults: table(queueDefaults, 'queueDefaults'),
    queues: new Map([...queues].map(([name, given]) => [name, table(given, `queues.${name}`)])),
  })
}
