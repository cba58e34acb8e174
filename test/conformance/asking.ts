import {
  byte,
  type Connection,
  type Feature,
  message,
  type Queue,
  type ReceivedMessage,
  type Session,
  type SessionOptions,
  type Topic,
  textMessage,
  topic,
} from '../../src/index.ts'
import type { Bench } from './bench.ts'

/** What a call that asks for a feature may use. */
export interface Scene {
  readonly bench: Bench
  readonly connection: Connection
  readonly session: Session
  readonly queue: Queue
  readonly topic: Topic
}

/** A call that asks for a feature. */
export type Ask = (scene: Scene) => Promise<unknown>

/** For each feature every call that asks for it; none where the broker does it, or does not, without being asked. */
export const ASKS: Readonly<Record<Feature, readonly Ask[]>> = {
  queues: [
    ({ session, queue }) => session.createProducer(queue),
    ({ session, queue }) => session.createConsumer(queue),
    ({ connection, queue }) => connection.send(queue, 'refused'),
  ],
  topics: [
    ({ session, topic }) => session.createProducer(topic),
    ({ session, topic }) => session.createConsumer(topic),
    ({ connection, topic }) => connection.send(topic, 'refused'),
  ],
  wildcards: [
    ({ session }) => session.createConsumer(topic('conformance.*')),
    ({ session }) => session.createConsumer(topic('conformance.>')),
  ],
  selectors: [
    ({ session, queue }) => session.createConsumer(queue, { selector: 'a = 1' }),
    ({ connection, queue }) => connection.consume(queue, () => {}, { selector: 'a = 1' }),
  ],
  transactions: [
    ({ connection }) => connection.createSession({ transacted: true }),
    ({ connection }) => connection.createSession({ acknowledgeMode: 'transacted' }),
  ],
  durableSubscriptions: [
    async ({ bench, topic }) => {
      const { session } = await bench.sit({}, { clientId: bench.clientId() })
      return session.createDurableConsumer(topic, 'refused')
    },
  ],
  sharedSubscriptions: [({ session, topic }) => session.createSharedConsumer(topic, 'refused')],
  sharedDurableSubscriptions: [({ session, topic }) => session.createSharedDurableConsumer(topic, 'refused')],
  queueBrowser: [({ session, queue }) => session.createBrowser(queue)],
  temporaryQueues: [({ session }) => session.createTemporaryQueue()],
  temporaryTopics: [({ session }) => session.createTemporaryTopic()],
  priority: [
    ({ connection, queue }) => connection.send(queue, 'refused', { priority: 9 }),
    ({ session, queue }) => session.createProducer(queue, { priority: 0 }),
  ],
  timeToLive: [
    ({ connection, queue }) => connection.send(queue, 'refused', { timeToLive: 60_000 }),
    ({ session, queue }) => session.createProducer(queue, { timeToLive: 60_000 }),
  ],
  deliveryDelay: [
    ({ connection, queue }) => connection.send(queue, 'refused', { deliveryDelay: 1 }),
    ({ session, queue }) => session.createProducer(queue, { deliveryDelay: 1 }),
  ],
  deliveryCount: [],
  individualAcknowledge: [({ connection }) => connection.createSession({ acknowledgeMode: 'individual' })],
  release: [(scene) => withReceived(scene, (received) => received.release())],
  deadLetter: [(scene) => withReceived(scene, (received) => received.deadLetter('refused'))],
  messageGroups: [({ connection, queue }) => connection.send(queue, textMessage('refused', { groupId: 'g' }))],
  noLocal: [({ session, topic }) => session.createConsumer(topic, { noLocal: true })],
  replyTo: [
    ({ connection, queue }) => connection.send(queue, message({ replyTo: queue })),
    ({ connection, queue }) => connection.request(queue, 'refused'),
  ],
  properties: [({ connection, queue }) => connection.send(queue, message({ properties: { text: 'refused' } }))],
  typedProperties: [
    ({ connection, queue }) => connection.send(queue, message({ properties: { number: byte(1) } })),
    ({ connection, queue }) => connection.send(queue, message({ properties: { flag: true } })),
  ],
  publishConfirm: [({ connection, queue }) => connection.send(queue, 'refused', { deliveryMode: 'persistent' })],
  duplicateDetection: [],
}

/** Refused, the message is still the application's to acknowledge. */
async function withReceived(
  { bench, connection, queue }: Scene,
  ask: (received: ReceivedMessage) => Promise<void>,
): Promise<void> {
  const options: SessionOptions = {
    acknowledgeMode: bench.capabilities.individualAcknowledge === 'unsupported' ? 'client' : 'individual',
  }
  const session = await connection.createSession(options)
  const consumer = await session.createConsumer(queue)
  await connection.send(queue, 'held')
  const received = await bench.next(consumer)
  try {
    await ask(received)
  } finally {
    await received.acknowledge()
    await session.close()
  }
}
