import { DEAD_LETTER_QUEUE } from './rabbitmq-names.ts'

/**
 * What this client asks of the queues that it makes on RabbitMQ, the same over every protocol: who declares one that is
 * there with other arguments is refused.
 */

/** Arguments of a queue, and of that of a durable subscription: replicated, and what is rejected goes to the dead letters. */
export const QUEUE_ARGUMENTS: Readonly<Record<string, string>> = Object.freeze({
  'x-queue-type': 'quorum',
  'x-dead-letter-exchange': '',
  'x-dead-letter-routing-key': DEAD_LETTER_QUEUE,
})

export const DEAD_LETTER_QUEUE_ARGUMENTS: Readonly<Record<string, string>> = Object.freeze({ 'x-queue-type': 'quorum' })

/** Kept with a subscription's queue, to see later that the subscription has moved to another topic. */
export const TOPIC_ARGUMENT = 'x-polymq-topic'

/** The exchange behind all topics of RabbitMQ, as its MQTT and STOMP plugins use it. */
export const TOPIC_EXCHANGE = 'amq.topic'

/** Bytes of a name, and of any other short text; longer ones have no place in RabbitMQ's protocol. */
export const LONGEST_SHORTSTR = 255
