import { brokerTarget } from './broker-target.ts'
import { conformanceSuite } from './suite.ts'

// Quorum queues tell only two priorities apart, above 4 and the rest (RabbitMQ 4.0 documentation, quorum queues).
conformanceSuite(brokerTarget('rabbitmq', 'amqp', { name: 'RabbitMQ over AMQP 1.0', priorityLevels: 'two' }))
conformanceSuite(
  brokerTarget('rabbitmq', 'stomp', {
    name: 'RabbitMQ over STOMP',
    priorityLevels: 'two',
    reservedCharacters: '',
    // Its STOMP plugin crashes on a message that a queue refuses (4.0).
    refusesWhenFull: false,
  }),
)
