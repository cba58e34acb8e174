import type { PropertyInput } from '../message/message-data.ts'
import type { BrokerAction } from '../provider/provider.ts'

/** What can be done to the objects that only RabbitMQ has; `polymq/rabbitmq` asks for it, and AMQP 0-9-1 does it. */

/** Arguments of an exchange, a queue or a binding, as the broker names them. */
export type Arguments = Readonly<Record<string, PropertyInput>>

export interface QueueDefinition {
  readonly durable: boolean
  readonly exclusive: boolean
  readonly autoDelete: boolean
  readonly arguments: Arguments
}

export interface ExchangeDefinition {
  readonly type: string
  readonly durable: boolean
  readonly autoDelete: boolean
  readonly internal: boolean
  readonly arguments: Arguments
}

/** A way from an exchange to a queue, or to another exchange. */
export interface Binding {
  readonly from: string
  readonly to: { readonly kind: 'queue' | 'exchange'; readonly name: string }
  readonly routingKey: string
  readonly arguments: Arguments
}

export type RabbitMqRequest =
  | { readonly kind: 'declare-exchange'; readonly name: string; readonly definition: ExchangeDefinition }
  | { readonly kind: 'delete-exchange'; readonly name: string; readonly ifUnused: boolean }
  | { readonly kind: 'declare-queue'; readonly name: string; readonly definition: QueueDefinition }
  | {
      readonly kind: 'delete-queue'
      readonly name: string
      readonly ifUnused: boolean
      readonly ifEmpty: boolean
    }
  | { readonly kind: 'purge-queue'; readonly name: string }
  | { readonly kind: 'queue-status'; readonly name: string }
  | { readonly kind: 'bind'; readonly binding: Binding }
  | { readonly kind: 'unbind'; readonly binding: Binding }

/** What a queue holds. */
export interface QueueStatus {
  /** Messages that are ready to be delivered. */
  readonly messages: number
  /** Consumers of all connections. */
  readonly consumers: number
}

/** A request on its way to the provider. */
export interface RabbitMqAction extends BrokerAction {
  readonly request: RabbitMqRequest
}
