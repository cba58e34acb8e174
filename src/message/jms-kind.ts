import { InvalidDestinationError } from '../errors.ts'
import { type Destination, describeDestination, type JmsDestinationKind } from './destination.ts'

/** The kind of a destination that is no exchange. @throws InvalidDestinationError for one that is */
export function jmsKindOf(destination: Destination): JmsDestinationKind {
  refuseExchange(destination)
  return destination.kind as JmsDestinationKind
}

/**
 * For protocols that reach no exchanges: a failover may lead to them from one that does.
 *
 * @throws InvalidDestinationError for an exchange
 */
export function refuseExchange(destination: Destination): void {
  if (destination.kind !== 'exchange') return
  throw new InvalidDestinationError(
    `${describeDestination(destination)} is reached on RabbitMQ over AMQP 0-9-1 only; connect with amqps:// and ?amqp.version=0-9-1`,
  )
}
