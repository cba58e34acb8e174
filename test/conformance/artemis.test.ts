import { brokerTarget } from './broker-target.ts'
import { conformanceSuite } from './suite.ts'

conformanceSuite(
  brokerTarget('artemis', 'amqp', {
    name: 'Artemis over AMQP 1.0',
    separateNames: false,
    reservedCharacters: '?',
    selectorDefects: ['price * 4 = weight', '-weight < -15'],
  }),
)
