import { InvalidClientIdError, InvalidDestinationError, TimeoutError } from '../../errors.ts'
import { claimOf } from '../../interop/rabbitmq-owners.ts'
import type { StompConnection } from './connection.ts'

/** Queues of RabbitMQ that are gone with their connection, and that no other may use or declare. */

/**
 * Takes the client id for this connection: an exclusive queue of its name.
 *
 * @throws InvalidClientIdError when another connection has it
 */
export async function claimClientId(connection: StompConnection, clientId: string): Promise<void> {
  try {
    await declare(connection, 'claim', claimOf(clientId))
  } catch (cause) {
    // It was not the broker that refused it.
    if (!(cause instanceof InvalidDestinationError)) throw cause
    throw new InvalidClientIdError(
      `the client id ${JSON.stringify(clientId)} is in use by another connection to ${connection.endpoint}; choose another, or close that connection`,
      { cause },
    )
  }
}

/** @param isKnown - the application has it from a connection that was lost */
export async function declareTemporary(connection: StompConnection, name: string, isKnown: boolean): Promise<void> {
  const id = `declare-${name}`
  // It is new, and so empty: nothing is delivered before the subscription that declares it ends.
  await declare(connection, id, name).catch((error) => {
    throw isKnown && error instanceof InvalidDestinationError ? stillInUse(name, error) : error
  })
  await connection.request('UNSUBSCRIBE', [['id', id]], { action: 'creating a temporary queue' })
}

function declare(connection: StompConnection, id: string, name: string): Promise<void> {
  const destination = `/queue/${name}`
  return connection.subscribe(
    id,
    [
      ['destination', destination],
      ['ack', 'client-individual'],
      ['prefetch-count', '1'],
      ['durable', 'false'],
      ['auto-delete', 'false'],
      ['exclusive', 'true'],
    ],
    { action: `consuming from ${destination}` },
  )
}

/** The broker has not noticed yet that the connection before is gone; it will. */
function stillInUse(name: string, cause: Error): TimeoutError {
  return new TimeoutError(`the connection that was lost still has the temporary queue ${name} at the broker`, { cause })
}
