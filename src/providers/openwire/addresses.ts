import type { Buffer } from 'node:buffer'
import { ByteCache } from '../../collections/byte-cache.ts'
import { InvalidDestinationError } from '../../errors.ts'
import {
  type Destination,
  holdsControlCharacter,
  isTemporary,
  type JmsDestinationKind,
  makeDestination,
} from '../../message/destination.ts'
import { jmsKindOf } from '../../message/jms-kind.ts'
import type { Extent } from './codec/incoming.ts'
import { decodeText } from './codec/modified-utf8.ts'
import { type Structure, TYPE } from './codec/types.ts'
import { encoded } from './ids.ts'

const TYPES: Readonly<Record<JmsDestinationKind, number>> = {
  queue: TYPE.QUEUE,
  topic: TYPE.TOPIC,
  'temporary-queue': TYPE.TEMP_QUEUE,
  'temporary-topic': TYPE.TEMP_TOPIC,
}
const KINDS = Object.keys(TYPES) as readonly JmsDestinationKind[]
const LONGEST_NAME = 65_535

/** Options of a consumer that stand behind the name of its destination, as Java's client has them. */
export interface DestinationOptions {
  readonly exclusive: boolean
  readonly retroactive: boolean
  /** The broker gives messages to the consumers of the highest priority that have room. */
  readonly priority: number
}

/** A destination on the wire. What follows a `?` in its name is not part of it. */
export function wireDestination(destination: Destination): Structure {
  const { name } = splitName(destination)
  return { type: TYPES[jmsKindOf(destination)], physicalName: name }
}

const known = new WeakMap<Destination, Uint8Array>()

/** A destination as it stands in a command. */
export function encodedDestination(destination: Destination): Uint8Array {
  const bytes = known.get(destination)
  if (bytes !== undefined) return bytes
  const fresh = encoded(wireDestination(destination))
  known.set(destination, fresh)
  return fresh
}

/** @throws InvalidDestinationError for an option that is none, or has no such value */
export function destinationOptions(destination: Destination): DestinationOptions {
  const { query } = splitName(destination)
  const options = { exclusive: false, retroactive: false, priority: 0 }
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'consumer.exclusive') options.exclusive = truthOf(destination, name, value)
    else if (name === 'consumer.retroactive') options.retroactive = truthOf(destination, name, value)
    else if (name === 'consumer.priority' && /^(\d|[1-9]\d|1[01]\d|12[0-7])$/.test(value))
      options.priority = Number(value)
    else throw wrongOption(destination, name)
  }
  return options
}

function truthOf(destination: Destination, name: string, value: string): boolean {
  if (value !== 'true' && value !== 'false') throw wrongOption(destination, name)
  return value === 'true'
}

function splitName({ kind, name }: Destination): { readonly name: string; readonly query: string } {
  const at = name.indexOf('?')
  const bare = at < 0 ? name : name.slice(0, at)
  if (bare.length * 3 > LONGEST_NAME) {
    throw new InvalidDestinationError(`the ${kind} name ${JSON.stringify(name.slice(0, 40))}… is too long; shorten it`)
  }
  return { name: bare, query: at < 0 ? '' : name.slice(at + 1) }
}

function wrongOption({ kind, name }: Destination, option: string): InvalidDestinationError {
  return new InvalidDestinationError(
    `the ${kind} name ${JSON.stringify(name)} has the option ${option} behind its ?, which is none, or has another value; there are consumer.exclusive=true, consumer.retroactive=true and consumer.priority=0 to 127`,
  )
}

const caches: readonly ByteCache<Destination | undefined>[] = KINDS.map(
  (kind) =>
    new ByteCache(
      (text) => destinationNamed(kind, text),
      (destination) => destination !== undefined && !isTemporary(destination),
    ),
)

/** The destination that stands there; undefined where that is none: a message is not lost for it. */
export function destinationAt(frame: Buffer, { start, end }: Extent): Destination | undefined {
  if (end - start < 5 || frame[start] !== 1 || frame[start + 2] !== 1) return undefined
  const index = (frame[start + 1] as number) - TYPE.QUEUE
  const cache = caches[index]
  const kind = KINDS[index]
  if (cache === undefined || kind === undefined) return undefined
  return cache.find(frame, start + 5, end) ?? otherDestination(cache, kind, frame, start + 5, end)
}

function otherDestination(
  cache: ByteCache<Destination | undefined>,
  kind: JmsDestinationKind,
  frame: Buffer,
  start: number,
  end: number,
): Destination | undefined {
  const destination = destinationNamed(kind, decodeText(frame, start, end))
  if (destination !== undefined && !isTemporary(destination)) cache.keep(frame, start, end, destination)
  return destination
}

function destinationNamed(kind: JmsDestinationKind, name: string): Destination | undefined {
  return name === '' || holdsControlCharacter(name) ? undefined : makeDestination(kind, name)
}
