import { brokerTarget } from './broker-target.ts'
import { conformanceSuite } from './suite.ts'

// Quorum queues tell only two priorities apart, above 4 and the rest (RabbitMQ 4.0 documentation, quorum queues).
conformanceSuite(brokerTarget('rabbitmq', 'amqp', { name: 'RabbitMQ over AMQP 1.0', priorityLevels: 'two' }))
