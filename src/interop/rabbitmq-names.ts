/** Names of the queues that this client makes on RabbitMQ, the same over every protocol. */

/** Where RabbitMQ moves what is rejected, or delivered too often. */
export const DEAD_LETTER_QUEUE = 'DLQ'

export const RABBITMQ_TEMPORARY_PREFIX = 'polymq.temporary.'

/** RabbitMQ keeps names of this prefix to itself, and ends the channel of who declares one. */
const RESERVED_PREFIX = 'amq.'

/** AMQP 0-9-1 clients wait for answers there without a queue. */
const DIRECT_REPLY_PREFIX = 'amq.rabbitmq.reply-to.'

/** Ours; those that RabbitMQ names, also for `/temp-queue/` of STOMP; and direct replies. */
const TEMPORARY_PREFIXES = [RABBITMQ_TEMPORARY_PREFIX, 'amq.gen-', DIRECT_REPLY_PREFIX]

/** Whether a queue of this name is made by the broker alone. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX)
}

/** Whether what is sent there goes straight to a client: there is no queue, though it arrives. */
export function isDirectReply(name: string): boolean {
  return name.startsWith(DIRECT_REPLY_PREFIX)
}

/** Whether a name shows that it is a temporary queue, or a temporary topic of ours. */
export function isTemporaryName(name: string): boolean {
  return TEMPORARY_PREFIXES.some((prefix) => name.startsWith(prefix))
}
