import { type Destination, holdsControlCharacter, makeDestination } from '../message/destination.ts'
import { isTemporaryName } from './rabbitmq-names.ts'

/** A topic as other protocols on RabbitMQ name it: STOMP, and both versions of addresses of AMQP 1.0. */
const TOPIC_FORM = /^(?:\/topic\/|\/exchange\/amq\.topic\/|\/exchanges\/amq\.topic\/)(.+)$/s
const QUEUE_FORM = /^(?:\/queues\/|\/queue\/|\/amq\/queue\/)([^/]+)$/

/** The destination behind the `reply_to` of a message on RabbitMQ, which each protocol writes in its own form; undefined when it is none. */
export function destinationOfReplyTo(text: string): Destination | undefined {
  const topic = TOPIC_FORM.exec(text)?.[1]
  if (topic !== undefined) return destinationNamed('topic', unescaped(topic))
  const queue = QUEUE_FORM.exec(text)?.[1]
  return destinationNamed('queue', queue === undefined ? text : unescaped(queue))
}

/** Temporary ones show by their name. */
export function destinationNamed(kind: 'queue' | 'topic', name: string): Destination | undefined {
  if (name === '' || holdsControlCharacter(name)) return undefined
  return makeDestination(isTemporaryName(name) ? `temporary-${kind}` : kind, name)
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
