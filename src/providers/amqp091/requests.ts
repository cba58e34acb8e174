import type { RabbitMqRequest } from '../../interop/rabbitmq-objects.ts'
import type { Administration } from './administration.ts'
import type { Topology } from './topology.ts'

/** Does what `polymq/rabbitmq` asks for. */
export async function performRequest(
  request: RabbitMqRequest,
  administration: Administration,
  topology: Topology,
): Promise<unknown> {
  switch (request.kind) {
    case 'declare-exchange':
      return administration.declareExchange(request.name, request.definition)
    case 'delete-exchange':
      return administration.deleteExchange(request.name, request.ifUnused)
    case 'declare-queue':
      return administration.declare(request.name, request.definition)
    case 'delete-queue':
      topology.forget(request.name)
      return administration.delete(request.name, request)
    case 'purge-queue':
      return administration.purge(request.name)
    case 'queue-status':
      return administration.status(request.name)
    case 'bind':
      return administration.bind(request.binding)
    case 'unbind':
      return administration.unbind(request.binding)
  }
}
