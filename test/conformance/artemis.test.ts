import { brokerTarget } from './broker-target.ts'
import { ARTEMIS_OVER_MQTT } from './mqtt-settings.ts'
import { ARTEMIS_OVER_STOMP, ARTEMIS_OVER_WEBSOCKET } from './stomp-settings.ts'
import { conformanceSuite } from './suite.ts'

conformanceSuite(
  brokerTarget('artemis', 'amqp', {
    name: 'Artemis over AMQP 1.0',
    separateNames: false,
    reservedCharacters: '?',
    selectorDefects: ['price * 4 = weight', '-weight < -15'],
  }),
)

conformanceSuite(brokerTarget('artemis', 'stomp', { name: 'Artemis over STOMP', ...ARTEMIS_OVER_STOMP }))

conformanceSuite(
  brokerTarget('artemis', 'stomp-ws', { name: 'Artemis over STOMP over a WebSocket', ...ARTEMIS_OVER_WEBSOCKET }),
  ['message kinds', 'headers', 'sending', 'ordering', 'topics', 'back-pressure', 'closing', 'errors'],
)
conformanceSuite(brokerTarget('artemis', 'mqtt', { name: 'Artemis over MQTT', ...ARTEMIS_OVER_MQTT }))

conformanceSuite(
  brokerTarget('artemis', 'openwire', {
    name: 'Artemis over OpenWire',
    reservedCharacters: ',?',
    selectorDefects: ['price * 4 = weight', '-weight < -15'],
  }),
)

conformanceSuite(
  brokerTarget(
    'artemis',
    'openwire',
    { name: 'Artemis over OpenWire with compression, asked for every message' },
    '?jms.useCompression=true&jms.prefetchPolicy.all=0',
  ),
  ['message kinds', 'receiving', 'listening', 'recovering', 'transactions', 'topics'],
)
