/**
 * What RabbitMQ has beyond queues and topics, over AMQP 0-9-1: exchanges, bindings, queues with arguments.
 *
 * @module polymq/rabbitmq
 */
export type { Arguments, QueueStatus } from './interop/rabbitmq-objects.ts'
export { type Exchange, type ExchangeTargetOptions, exchange } from './message/exchange.ts'
export type { QueueArguments } from './options/queue-arguments.ts'
export type {
  BindingOptions,
  DeleteOptions,
  DeleteQueueOptions,
  ExchangeOptions,
  ExchangeType,
  QueueOptions,
} from './rabbitmq/definitions.ts'
export { type RabbitMq, rabbitmq } from './rabbitmq/rabbitmq.ts'
