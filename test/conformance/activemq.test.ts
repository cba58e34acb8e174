import { queue } from '../../src/index.ts'
import { brokerTarget } from './broker-target.ts'
import { ACTIVEMQ_OVER_MQTT } from './mqtt-settings.ts'
import { ACTIVEMQ_OVER_STOMP, ACTIVEMQ_OVER_WEBSOCKET } from './stomp-settings.ts'
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

conformanceSuite(brokerTarget('activemq', 'stomp', { name: 'ActiveMQ Classic over STOMP', ...ACTIVEMQ_OVER_STOMP }))

conformanceSuite(
  brokerTarget('activemq', 'stomp-ws', {
    name: 'ActiveMQ Classic over STOMP over a WebSocket',
    ...ACTIVEMQ_OVER_WEBSOCKET,
  }),
  ['message kinds', 'headers', 'sending', 'ordering', 'topics', 'back-pressure', 'closing', 'errors'],
)

conformanceSuite(
  brokerTarget(
    'activemq',
    'mqtt',
    { name: 'ActiveMQ Classic over MQTT 3.1.1 with an envelope', ...ACTIVEMQ_OVER_MQTT },
    '?mqtt.envelope=json',
  ),
)

conformanceSuite(
  brokerTarget('activemq', 'openwire', {
    name: 'ActiveMQ Classic over OpenWire',
    sharedTopics: 'VirtualTopic.',
    deadLetterQueue: queue('ActiveMQ.DLQ'),
    // A comma makes a composite destination, options follow a question mark.
    reservedCharacters: ',?',
    selectorDefects: ['price * 4 = weight', '-weight < -15'],
  }),
)

conformanceSuite(
  brokerTarget(
    'activemq',
    'openwire',
    {
      name: 'ActiveMQ Classic over OpenWire with compression, asked for every message',
      deadLetterQueue: queue('ActiveMQ.DLQ'),
    },
    '?jms.useCompression=true&jms.prefetchPolicy.all=0',
  ),
  ['message kinds', 'receiving', 'listening', 'recovering', 'transactions', 'topics'],
)
