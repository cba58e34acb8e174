import { Buffer } from 'node:buffer'
import { InvalidDestinationError } from '../../errors.ts'
import { LONGEST_SHORTSTR, TOPIC_EXCHANGE } from '../../interop/rabbitmq-queues.ts'
import { destinationOfReplyTo } from '../../interop/rabbitmq-reply-to.ts'
import { type Destination, isTopic, type JmsDestinationKind, makeDestination } from '../../message/destination.ts'
import { jmsKindOf } from '../../message/jms-kind.ts'
import { DESTINATION_KINDS } from './annotations.ts'
import type { MappingContext } from './mapping-context.ts'

/** How each broker writes destinations as addresses, and reads them back. */

const ACTIVEMQ_PREFIXES: Readonly<Record<JmsDestinationKind, string>> = {
  queue: 'queue://',
  topic: 'topic://',
  'temporary-queue': 'temp-queue://',
  'temporary-topic': 'temp-topic://',
}

/** ActiveMQ Classic: the kind is a prefix of the address; without one it is a queue. */
export function activemqContext(): MappingContext {
  return {
    textBody: 'amqp-value',
    emptyBody: 'none',
    duplicateIdProperty: undefined,
    addressOf: (destination) => ACTIVEMQ_PREFIXES[jmsKindOf(destination)] + destination.name,
    destinationOf(address, kind) {
      const prefixed = DESTINATION_KINDS.find((candidate) => address.startsWith(ACTIVEMQ_PREFIXES[candidate]))
      if (prefixed === undefined) return makeDestination(kind ?? 'queue', address)
      return makeDestination(prefixed, address.slice(ACTIVEMQ_PREFIXES[prefixed].length))
    },
  }
}

/** Artemis: as {@link plainContext}; what follows a `?` it takes off an address, so that nothing would come. */
export function artemisContext(): MappingContext {
  return {
    ...plainContext(),
    duplicateIdProperty: '_AMQ_DUPL_ID',
    addressOf({ kind, name }) {
      if (!name.includes('?')) return name
      throw new InvalidDestinationError(
        `the ${kind} name ${JSON.stringify(name)} has a ? in it, which Artemis does not take; remove it`,
      )
    },
  }
}

/** Brokers that follow the JMS mapping: the address is the name; annotations and capabilities tell the kind. */
export function plainContext(): MappingContext {
  return {
    textBody: 'amqp-value',
    emptyBody: 'none',
    duplicateIdProperty: undefined,
    addressOf: ({ name }) => name,
    destinationOf: (address, kind) => makeDestination(kind ?? 'queue', address),
  }
}

const QUEUES = '/queues/'
const TOPICS = `/exchanges/${TOPIC_EXCHANGE}/`

/** How STOMP clients write where they want an answer. */
const STOMP_FORM = /^\/(queue|topic|amq\/queue|exchange\/amq\.topic)\//

/** RabbitMQ: addresses of version 2, in which queues and exchanges have paths of their own. */
export function rabbitmqContext(): MappingContext {
  return {
    textBody: 'data',
    emptyBody: 'empty-data',
    losesTypes: true,
    duplicateIdProperty: undefined,
    addressOf: rabbitmqAddressOf,
    destinationOf(address, kind) {
      if (address.startsWith(QUEUES)) {
        // What a client of another protocol wrote is taken for the name of a queue.
        const found = destinationOfReplyTo(decodeURIComponent(address.slice(QUEUES.length)))
        if (found === undefined || isTopic(found)) return found
        return kind === 'queue' || kind === 'temporary-queue' ? makeDestination(kind, found.name) : found
      }
      if (address.startsWith(TOPICS)) {
        const name = decodeURIComponent(address.slice(TOPICS.length))
        return makeDestination(kind === 'temporary-topic' ? kind : 'topic', name)
      }
      // What clients of other protocols say: AMQP 0-9-1 the bare name of a queue.
      return address.startsWith('/') && !STOMP_FORM.test(address) ? undefined : destinationOfReplyTo(address)
    },
  }
}

function rabbitmqAddressOf({ kind, name }: Destination): string {
  if (Buffer.byteLength(name) > LONGEST_SHORTSTR) {
    throw new InvalidDestinationError(
      `the ${kind} name ${JSON.stringify(name.slice(0, 40))}… is longer than the ${LONGEST_SHORTSTR} bytes RabbitMQ allows; shorten it`,
    )
  }
  const isOfTopic = kind === 'topic' || kind === 'temporary-topic'
  return isOfTopic ? TOPICS + encodeSegment(name) : QUEUES + encodeSegment(name)
}

/** A segment of a path: everything but the unreserved characters of RFC 3986 §2.3 is percent-encoded. */
export function encodeSegment(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}
