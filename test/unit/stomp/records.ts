/** Records as the client makes them, for tests of a provider alone. */

import { queue, topic } from '../../../src/index.ts'
import type { MessageData } from '../../../src/message/message-data.ts'
import type { ConnectionInfo, ConsumerInfo, ProducerInfo, SessionInfo } from '../../../src/provider/resources.ts'

const SESSION: SessionInfo = { resource: 'session', id: 'session', acknowledgeMode: 'auto' }

export const PRODUCER: ProducerInfo = { resource: 'producer', id: 'producer', session: SESSION, destination: undefined }

/** A consumer of the topic of its id. */
export function consumerOf(id: string): ConsumerInfo {
  return {
    resource: 'consumer',
    id,
    session: SESSION,
    destination: topic(id),
    selector: undefined,
    noLocal: false,
    subscription: undefined,
    browser: false,
    prefetch: 10,
  }
}

export function infoFor(uri: string): ConnectionInfo {
  return {
    id: 'test',
    uri: new URL(uri),
    attempt: 0,
    credentials: {},
    clientId: undefined,
    tls: {},
    heartbeat: 0,
    requestTimeout: 5_000,
    closeTimeout: 200,
    logger: {},
  }
}

export function textTo(name: string, body: string): MessageData {
  return {
    kind: 'text',
    body,
    messageId: undefined,
    correlationId: undefined,
    destination: queue(name),
    replyTo: undefined,
    type: undefined,
    timestamp: undefined,
    expiration: undefined,
    deliveryTime: undefined,
    deliveryMode: 'persistent',
    priority: 4,
    userId: undefined,
    groupId: undefined,
    groupSequence: undefined,
    properties: {},
    propertyTypes: undefined,
  }
}
