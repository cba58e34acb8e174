import type { StandardSchemaV1 } from '@standard-schema/spec'
import { InvalidDestinationError, InvalidOptionError } from '../errors.ts'

/** The four kinds of JMS destination (JMS 3.1 §4.2), and RabbitMQ's exchanges, which `polymq/rabbitmq` is for. */
export type DestinationKind = 'queue' | 'topic' | 'temporary-queue' | 'temporary-topic' | 'exchange'

/** The kinds that every protocol has an address for. */
export type JmsDestinationKind = Exclude<DestinationKind, 'exchange'>

/** The schema of a destination's bodies: any implementation of Standard Schema (zod, valibot, arktype …). */
export type BodySchema<T = unknown> = StandardSchemaV1<unknown, T>

/**
 * A place that messages are sent to and consumed from: an immutable value, made without a connection.
 * `T` is the type of its message bodies when it has a schema.
 */
export interface Destination<T = unknown> {
  /** Tells queues from topics, and temporary ones from those that stay. */
  readonly kind: DestinationKind
  /** Name without any protocol prefix; levels of a topic are separated by `.`. */
  readonly name: string
  /** Checks bodies when they are sent and when they are received. */
  readonly schema?: BodySchema<T>
}

/** A queue: each message goes to one consumer. */
export interface Queue<T = unknown> extends Destination<T> {
  /** Always `queue`. */
  readonly kind: 'queue'
}

/** A topic: each message goes to every subscription. */
export interface Topic<T = unknown> extends Destination<T> {
  /** Always `topic`. */
  readonly kind: 'topic'
}

/** A queue that lives as long as the connection that made it; only that connection may consume from it. */
export interface TemporaryQueue<T = unknown> extends Destination<T> {
  /** Always `temporary-queue`. */
  readonly kind: 'temporary-queue'
  /** Deletes it at the broker; throws {@link IllegalStateError} while it has consumers. */
  delete(): Promise<void>
}

/** A topic that lives as long as the connection that made it; only that connection may consume from it. */
export interface TemporaryTopic<T = unknown> extends Destination<T> {
  /** Always `temporary-topic`. */
  readonly kind: 'temporary-topic'
  /** Deletes it at the broker; throws {@link IllegalStateError} while it has consumers. */
  delete(): Promise<void>
}

/**
 * A queue of this name.
 *
 * @example queue('orders')
 * @example queue('orders', { schema: z.object({ id: z.string(), quantity: z.int() }) })
 * @throws InvalidDestinationError when the name is empty or holds a control character
 * @throws InvalidOptionError for a schema that does not follow Standard Schema
 */
export function queue<T = unknown>(name: string, options?: { readonly schema?: BodySchema<T> }): Queue<T> {
  return makeDestination('queue', name, options?.schema)
}

/**
 * A topic of this name. Levels are separated by `.`; when consuming, `*` stands for one level and a final `>` for the rest.
 *
 * @example topic('prices.*.eur')
 * @throws InvalidDestinationError when the name is empty or holds a control character
 */
export function topic<T = unknown>(name: string, options?: { readonly schema?: BodySchema<T> }): Topic<T> {
  return makeDestination('topic', name, options?.schema)
}

/** @internal */
export function makeDestination<Kind extends DestinationKind, T = unknown>(
  kind: Kind,
  name: string,
  schema?: BodySchema<T>,
): Destination<T> & { readonly kind: Kind } {
  if (typeof name !== 'string' || name.length === 0) {
    throw new InvalidDestinationError(`a ${kind} needs a name; give a non-empty string`)
  }
  if (holdsControlCharacter(name)) {
    throw new InvalidDestinationError(`the ${kind} name ${JSON.stringify(name)} holds a control character; remove it`)
  }
  if (schema === undefined) return Object.freeze({ kind, name })
  return Object.freeze({ kind, name, schema: checkSchema(schema, `${kind} ${name}`) })
}

/**
 * Gives the schema back.
 *
 * @internal
 * @throws InvalidOptionError when it is none
 */
export function checkSchema<T>(schema: BodySchema<T>, where: string): BodySchema<T> {
  if (typeof (schema as BodySchema | null)?.['~standard']?.validate === 'function') return schema
  throw new InvalidOptionError(
    'schema',
    `the schema of ${where} is no Standard Schema; give one of zod, valibot or arktype`,
  )
}

/** Names hold no control characters: brokers use them as separators, and logs would break. */
export function holdsControlCharacter(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return /[\u0000-\u001f\u007f]/.test(name)
}

/** How errors and logs name a destination: `queue orders`. */
export function describeDestination(destination: Destination): string {
  return `${destination.kind} ${destination.name}`
}

/** Whether both mean the same place; their schemas do not count. */
export function isSameDestination(a: Destination, b: Destination): boolean {
  return a === b || (a.name === b.name && a.kind === b.kind)
}

/** Whether messages on this destination go to every subscription. */
export function isTopic(destination: Destination): boolean {
  return destination.kind === 'topic' || destination.kind === 'temporary-topic'
}

/** Whether the destination lives and dies with its connection. */
export function isTemporary(destination: Destination): boolean {
  return destination.kind === 'temporary-queue' || destination.kind === 'temporary-topic'
}

/** Whether the name holds a wildcard level (`*`, or a final `>`). */
export function hasWildcard(name: string): boolean {
  return name.split('.').some((level) => level === '*' || level === '>')
}
