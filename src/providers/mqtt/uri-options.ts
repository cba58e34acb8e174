/** Options that an MQTT URI may carry, and what each means; the URI parser refuses all others. */
export const URI_OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'mqtt.version': 'the only version to speak, 5 or 3.1.1; by default 5, and 3.1.1 where the broker refuses that',
  'mqtt.broker': 'what a broker is that does not say so: mosquitto, rabbitmq, artemis or activemq',
  'mqtt.qos': 'quality of service of persistent messages and of subscriptions, 1 or 2; 1 by default',
  'mqtt.sessionExpiry':
    'seconds for which the broker keeps a durable subscription without a consumer; for ever by default',
  'mqtt.maxPacketSize': 'largest packet this client takes, in bytes; 268435455 by default',
  'mqtt.envelope': 'json puts properties, headers and kinds of bodies into the payload where there is only MQTT 3.1.1',
  'mqtt.will.topic': 'name of the topic that the broker publishes the last will to, with . between its levels',
  'mqtt.will.text': 'text of the last will; empty by default',
  'mqtt.will.qos': 'quality of service of the last will, 0, 1 or 2; 1 by default',
  'mqtt.will.retain': 'true to have the broker retain the last will',
  'mqtt.will.delay': 'seconds for which the broker waits for the client to come back before it publishes the last will',
})
