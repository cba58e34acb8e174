/** The embedded broker seen from outside its connections: for the unit tests of applications. */
export {
  DEAD_LETTER_QUEUE,
  type EmbeddedBroker,
  embeddedBroker,
  type QueueStatus,
  type SubscriptionStatus,
  type WaitingMessage,
} from './providers/memory/index.ts'
