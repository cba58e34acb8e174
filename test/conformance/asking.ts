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
  /** The queue, or the topic where there are no queues. */
  readonly destination: Queue | Topic
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
    ({ session, destination }) => session.createConsumer(destination, { selector: 'a = 1' }),
    ({ connection, destination }) => connection.consume(destination, () => {}, { selector: 'a = 1' }),
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
  sharedDurableSubscriptions: [
    ({ bench, session, topic }) =>
      session.createSharedDurableConsumer({ ...topic, name: bench.target.sharedTopics + topic.name }, 'refused'),
  ],
  queueBrowser: [({ session, queue }) => session.createBrowser(queue)],
  temporaryQueues: [({ session }) => session.createTemporaryQueue()],
  temporaryTopics: [({ session }) => session.createTemporaryTopic()],
  priority: [
    ({ connection, destination }) => connection.send(destination, 'refused', { priority: 9 }),
    ({ session, destination }) => session.createProducer(destination, { priority: 0 }),
  ],
  timeToLive: [
    ({ connection, destination }) => connection.send(destination, 'refused', { timeToLive: 60_000 }),
    ({ session, destination }) => session.createProducer(destination, { timeToLive: 60_000 }),
  ],
  deliveryDelay: [
    ({ connection, destination }) => connection.send(destination, 'refused', { deliveryDelay: 1 }),
    ({ session, destination }) => session.createProducer(destination, { deliveryDelay: 1 }),
  ],
  deliveryCount: [],
  individualAcknowledge: [({ connection }) => connection.createSession({ acknowledgeMode: 'individual' })],
  release: [(scene) => withReceived(scene, (received) => received.release())],
  deadLetter: [(scene) => withReceived(scene, (received) => received.deadLetter('refused'))],
  messageGroups: [
    ({ connection, destination }) => connection.send(destination, textMessage('refused', { groupId: 'g' })),
  ],
  noLocal: [({ session, topic }) => session.createConsumer(topic, { noLocal: true })],
  replyTo: [
    ({ connection, destination }) => connection.send(destination, message({ replyTo: destination })),
    ({ connection, destination }) => connection.request(destination, 'refused'),
  ],
  properties: [
    ({ connection, destination }) => connection.send(destination, message({ properties: { text: 'refused' } })),
  ],
  typedProperties: [
    ({ connection, destination }) => connection.send(destination, message({ properties: { number: byte(1) } })),
    ({ connection, destination }) => connection.send(destination, message({ properties: { flag: true } })),
  ],
  publishConfirm: [
    ({ connection, destination }) => connection.send(destination, 'refused', { deliveryMode: 'persistent' }),
  ],
  duplicateDetection: [],
}

/** Refused, the message is still the application's to acknowledge. */
async function withReceived(
  { bench, connection, destination }: Scene,
  ask: (received: ReceivedMessage) => Promise<void>,
): Promise<void> {
  const options: SessionOptions = {
    acknowledgeMode: bench.capabilities.individualAcknowledge === 'unsupported' ? 'client' : 'individual',
  }
  const session = await connection.createSession(options)
  const consumer = await session.createConsumer(destination)
  await connection.send(destination, 'held')
  const received = await bench.next(consumer)
  try {
    await ask(received)
  } finally {
    await received.acknowledge()
    await session.close()
  }
}
