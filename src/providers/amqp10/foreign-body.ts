import { makeDestination } from '../../message/destination.ts'
import type { MessageKind } from '../../message/message-data.ts'
import { rabbitmqContext } from './addresses.ts'
import { decodeMessage } from './mapping.ts'

const NOWHERE = makeDestination('queue', 'nowhere')

/**
 * The body of a message that another protocol hands over as AMQP 1.0 encoded it: RabbitMQ does so with a map or a list.
 *
 * @throws MessageFormatError when it is none
 */
export function decodeForeignBody(sections: Uint8Array): { readonly kind: MessageKind; readonly body: unknown } {
  const { kind, body } = decodeMessage(sections, rabbitmqContext(), NOWHERE).message
  return { kind, body }
}
