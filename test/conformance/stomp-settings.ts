import { queue } from '../../src/index.ts'
import type { TargetSettings } from './target.ts'

type Settings = Omit<TargetSettings, 'name' | 'uri' | 'limitedUri'>

export const ACTIVEMQ_OVER_STOMP: Settings = {
  deadLetterQueue: queue('ActiveMQ.DLQ'),
  reservedCharacters: ',?',
  // Properties are text there; the broker compares it as numbers in some places only.
  selectorDefects: [
    ...['price * 4 = weight', '-weight < -15', 'weight > 10', 'weight NOT BETWEEN 10 AND 19'],
    ...['price + 1 < 3 OR weight - 5 = 5', 'weight / 2 = 10', 'pure', 'NOT pure'],
  ],
  // It takes no header of more than 10 KiB.
  longestProperty: 9_000,
  marksRedelivery: 'on queues',
}

/** Its WebSockets take messages of 64 KiB: characters of up to three bytes, or bytes as base64. */
export const ACTIVEMQ_OVER_WEBSOCKET: Settings = { ...ACTIVEMQ_OVER_STOMP, largestBody: 30_000 }

export const RABBITMQ_OVER_STOMP: Settings = {
  // Quorum queues tell only two priorities apart, above 4 and the rest (RabbitMQ 4.0 documentation, quorum queues).
  priorityLevels: 'two',
  // Its STOMP plugin crashes on a message that a queue refuses (4.0).
  whenFull: 'ends the connection',
}

/** Of a message that a queue refuses it says nothing over a WebSocket (4.0): the send times out. */
export const RABBITMQ_OVER_WEBSOCKET: Settings = { ...RABBITMQ_OVER_STOMP, whenFull: 'refuses' }

export const ARTEMIS_OVER_STOMP: Settings = {
  separateNames: false,
  reservedCharacters: '?',
  // Properties are text there; the broker compares it with numbers in some places, and only with those of an int.
  selectorDefects: [
    ...['price * 4 = weight', '-weight < -15', 'weight > 10', 'weight NOT BETWEEN 10 AND 19'],
    ...['price + 1 < 3 OR weight - 5 = 5', 'pure', 'NOT pure'],
  ],
  // UNSUBSCRIBE takes back the count of what it gives back.
  marksRedelivery: 'nowhere',
  whenFull: 'refuses without a reason',
  // Now and then on a busy machine: an ACK brings the next message while UNSUBSCRIBE is carried out.
  keepsOrderAtClose: false,
}

/** Its WebSockets take messages of 64 KiB: characters of up to three bytes, or bytes as base64. */
export const ARTEMIS_OVER_WEBSOCKET: Settings = { ...ARTEMIS_OVER_STOMP, largestBody: 30_000 }
