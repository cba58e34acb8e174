import { brokerTarget } from './broker-target.ts'
import { OVER_MQTT } from './mqtt-settings.ts'
import { RABBITMQ_OVER_STOMP, RABBITMQ_OVER_WEBSOCKET } from './stomp-settings.ts'
import { conformanceSuite } from './suite.ts'

// Quorum queues tell only two priorities apart, above 4 and the rest (RabbitMQ 4.0 documentation, quorum queues).
conformanceSuite(brokerTarget('rabbitmq', 'amqp', { name: 'RabbitMQ over AMQP 1.0', priorityLevels: 'two' }))
conformanceSuite(brokerTarget('rabbitmq', 'amqp091', { name: 'RabbitMQ over AMQP 0-9-1', priorityLevels: 'two' }))
conformanceSuite(brokerTarget('rabbitmq', 'stomp', { name: 'RabbitMQ over STOMP', ...RABBITMQ_OVER_STOMP }))
conformanceSuite(
  brokerTarget('rabbitmq', 'stomp-ws', { name: 'RabbitMQ over STOMP over a WebSocket', ...RABBITMQ_OVER_WEBSOCKET }),
  ['message kinds', 'headers', 'sending', 'ordering', 'topics', 'back-pressure', 'closing', 'errors'],
)
conformanceSuite(brokerTarget('rabbitmq', 'mqtt', { name: 'RabbitMQ over MQTT', ...OVER_MQTT }))
