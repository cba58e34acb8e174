import { queue } from '../../src/index.ts'
import { brokerTarget } from './broker-target.ts'
import { conformanceSuite } from './suite.ts'

conformanceSuite(
  brokerTarget('activemq', 'amqp', {
    name: 'ActiveMQ Classic over AMQP 1.0',
    deadLetterQueue: queue('ActiveMQ.DLQ'),
    // A comma makes a composite destination, options follow a question mark.
    reservedCharacters: ',?',
    selectorDefects: ['price * 4 = weight', '-weight < -15'],
  }),
)

conformanceSuite(
  brokerTarget('activemq', 'stomp', {
    name: 'ActiveMQ Classic over STOMP',
    deadLetterQueue: queue('ActiveMQ.DLQ'),
    reservedCharacters: ',?',
    // Properties are text there; the broker compares it as numbers in some places only.
    selectorDefects: [
      ...['price * 4 = weight', '-weight < -15', 'weight > 10', 'weight NOT BETWEEN 10 AND 19'],
      ...['price + 1 < 3 OR weight - 5 = 5', 'weight / 2 = 10', 'pure', 'NOT pure'],
    ],
    // It takes no header of more than 10 KiB.
    longestProperty: 9_000,
    marksRedeliveryOfSubscriptions: false,
  }),
)
