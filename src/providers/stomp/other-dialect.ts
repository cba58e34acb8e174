import { MESSAGE_ID } from '../../interop/client-headers.ts'
import { TYPES_HEADER } from '../../interop/types-header.ts'
import { type Destination, isTopic } from '../../message/destination.ts'
import { type Dialect, queueWindowing } from './dialect.ts'
import { destinationNamed, integerOf } from './frame-values.ts'
import { OTHER_CAPABILITIES } from './other-capabilities.ts'

const OWN_HEADERS: ReadonlySet<string> = new Set([
  ...['destination', 'message-id', 'subscription', 'ack', 'receipt', 'content-length', 'content-type', 'transaction'],
  ...['correlation-id', 'reply-to', 'type', 'priority', 'persistent', 'timestamp', 'redelivered'],
  ...['JMSXGroupID', 'JMSXGroupSeq', MESSAGE_ID, TYPES_HEADER],
])

/** A broker that nothing is known of: STOMP alone, and the prefixes that most have. */
export function otherDialect(product: string | undefined, version: string | undefined): Dialect {
  const nameOf = (destination: Destination): string =>
    `/${isTopic(destination) ? 'topic' : 'queue'}/${destination.name}`
  return {
    product,
    version,
    capabilities: OTHER_CAPABILITIES,
    holdsBackPackets: false,
    typesHeader: TYPES_HEADER,
    messageIdHeader: MESSAGE_ID,
    correlationIdHeader: () => 'correlation-id',
    isProperty: (name) => !OWN_HEADERS.has(name),
    targetOf: nameOf,
    replyToOf: nameOf,
    destinationOf(text) {
      const [, kind, name] = /^\/(queue|topic)\/(.+)$/.exec(text) ?? []
      return destinationNamed(kind === 'topic' ? 'topic' : 'queue', name ?? '')
    },
    writeHeaders: ({ timestamp }) => (timestamp === undefined ? '' : `timestamp:${timestamp}\n`),
    readHeaders: (headers) => ({
      timestamp: integerOf(headers.get('timestamp')),
      expiration: undefined,
      correlationId: undefined,
      deliveryTime: undefined,
      groupId: headers.get('JMSXGroupID'),
      groupSequence: integerOf(headers.get('JMSXGroupSeq')),
      userId: undefined,
    }),
    isBytes: ({ headers }) => headers.has('content-length') && !headers.get('content-type')?.startsWith('text/'),
    windowing(consumer) {
      const windowing = queueWindowing(consumer)
      return isTopic(consumer.destination) ? { ...windowing, further: undefined } : windowing
    },
    sourceOf: (consumer) => ({ destination: nameOf(consumer.destination), headers: [] }),
    settlement: (outcome) => (outcome === 'accepted' ? { command: 'ACK', more: '' } : { command: 'none' }),
  }
}
