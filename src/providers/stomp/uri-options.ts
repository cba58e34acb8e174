/** Options that a STOMP URI may carry, and what each means; the URI parser refuses all others. */
export const URI_OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'stomp.version': 'the only version to speak, 1.0, 1.1 or 1.2; by default the highest that the broker knows',
  'stomp.broker': 'what a broker is that does not say so: activemq, artemis or rabbitmq',
  'stomp.vhost': 'virtual host of RabbitMQ; the path of a URI without WebSocket does the same',
  vhost: 'short for stomp.vhost',
  'stomp.maxFrameSize': 'largest body this client takes, in bytes; 268435456 by default',
  'stomp.transformation': 'what ActiveMQ turns maps of JMS clients into: jms-json',
  'stomp.maxWebSocketMessageSize': 'largest WebSocket message the broker takes, in bytes; 65536 on ActiveMQ by default',
})
