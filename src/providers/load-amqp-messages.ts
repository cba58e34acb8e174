import type { LoadForeignMessageReader } from '../interop/foreign-messages.ts'
import { part } from '../part.ts'

const messages = part('messages of AMQP', () => import('./amqp10/activemq-messages.ts'))

/** What other protocols need to read a message that came by AMQP. */
export const loadAmqpMessageReader: LoadForeignMessageReader | undefined = () =>
  messages(({ activemqMessageReader }) => activemqMessageReader())
