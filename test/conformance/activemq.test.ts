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
