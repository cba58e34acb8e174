/** Options that an MQTT URI may carry; the URI parser refuses all others. */
export const URI_OPTIONS: ReadonlySet<string> = new Set([
  // The only version to speak, 5 or 3.1.1; by default 5, and 3.1.1 where the broker refuses that.
  'mqtt.version',
  // What a broker is that does not say so: mosquitto, rabbitmq, artemis or activemq.
  'mqtt.broker',
  // Quality of service of persistent messages and of subscriptions, 1 or 2; 1 by default.
  'mqtt.qos',
  // Seconds for which the broker keeps a durable subscription without a consumer; for ever by default.
  'mqtt.sessionExpiry',
  // Largest packet this client takes, in bytes; 268435455 by default.
  'mqtt.maxPacketSize',
  // `json` puts properties, headers and kinds of bodies into the payload where there is only MQTT 3.1.1.
  'mqtt.envelope',
  // Name of the topic that the broker publishes the last will to, with . between its levels.
  'mqtt.will.topic',
  // Text of the last will; empty by default.
  'mqtt.will.text',
  // Quality of service of the last will, 0, 1 or 2; 1 by default.
  'mqtt.will.qos',
  // True to have the broker retain the last will.
  'mqtt.will.retain',
  // Seconds for which the broker waits for the client to come back before it publishes the last will.
  'mqtt.will.delay',
])
