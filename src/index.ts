/**
 * One JMS-shaped messaging client for ActiveMQ, Artemis and RabbitMQ: {@link connect}, then sessions, producers and
 * consumers as in JMS 3.1.
 *
 * @module polymq
 */
export type * from './client/api.ts'
export { connect } from './connect.ts'
export * from './errors.ts'
export {
  type BodySchema,
  type Destination,
  type DestinationKind,
  type Queue,
  queue,
  type TemporaryQueue,
  type TemporaryTopic,
  type Topic,
  topic,
} from './message/destination.ts'
export {
  bytesMessage,
  isMessage,
  type Message,
  type MessageFields,
  mapMessage,
  message,
  objectMessage,
  streamMessage,
  textMessage,
} from './message/message.ts'
export type {
  DeliveryMode,
  EntryInput,
  EntryValue,
  MessageKind,
  PropertyInput,
  PropertyValue,
} from './message/message-data.ts'
export { type PropertyType, type PropertyTypes, readProperty } from './message/property-conversion.ts'
export { byte, double, float, int, long, type NumericType, short, TypedNumber } from './message/typed-number.ts'
export type { ConnectOptions, RedeliveryPolicy } from './options/connect-options.ts'
export type { Credentials, CredentialsFunction, TemporaryCredentials } from './options/credentials.ts'
export { type EndpointsFromOptions, type EndpointsProtocol, endpointsFrom } from './options/endpoints-from.ts'
export type { FailoverOptions } from './options/failover-options.ts'
export type { Logger } from './options/logger.ts'
export type { QueueArguments } from './options/queue-arguments.ts'
export type { RabbitMqOptions } from './options/rabbitmq-options.ts'
export type { ConnectTarget } from './options/target.ts'
export type { PeerCertificate, TlsOptions } from './options/tls-options.ts'
export type { Capabilities, Feature, Support } from './provider/capabilities.ts'
export type { PeerInfo } from './provider/provider.ts'
export type { ReconnectAttempt } from './provider/reconnection.ts'
export type { AcknowledgeMode } from './provider/resources.ts'
