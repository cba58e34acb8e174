/** Options that a STOMP URI may carry; the URI parser refuses all others. */
export const URI_OPTIONS: ReadonlySet<string> = new Set([
  // The only version to speak, 1.0, 1.1 or 1.2; by default the highest that the broker knows.
  'stomp.version',
  // What a broker is that does not say so: activemq, artemis or rabbitmq.
  'stomp.broker',
  // Virtual host of RabbitMQ; the path of a URI without WebSocket does the same.
  'stomp.vhost',
  // Short for stomp.vhost.
  'vhost',
  // Whether queues of RabbitMQ are declared; without it, a message to one that is not there is lost. True by default.
  'stomp.declareQueues',
  // Largest body this client takes, in bytes; 268435456 by default.
  'stomp.maxFrameSize',
  // What ActiveMQ turns maps of JMS clients into: jms-json.
  'stomp.transformation',
  // Largest WebSocket message the broker takes, in bytes; 65536 on ActiveMQ by default.
  'stomp.maxWebSocketMessageSize',
])
