import { brokerTarget } from './broker-target.ts'
import { OVER_MQTT } from './mqtt-settings.ts'
import { conformanceSuite } from './suite.ts'

conformanceSuite(brokerTarget('mosquitto', 'mqtt', { name: 'Mosquitto over MQTT', ...OVER_MQTT }))
