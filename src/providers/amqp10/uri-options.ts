/** Options that an AMQP 1.0 URI may carry; the URI parser refuses all others. */
export const URI_OPTIONS: ReadonlySet<string> = new Set([
  // Virtual host of RabbitMQ; the path of the URI does the same.
  'amqp.vhost',
  // Short for amqp.vhost.
  'vhost',
  // Ms of silence after which the broker has to send a heartbeat; overrides heartbeat.
  'amqp.idleTimeout',
  // Largest frame this client takes, in bytes; 1048576 by default, 512 at least.
  'amqp.maxFrameSize',
  // Largest message this client takes, in bytes; 268435456 by default.
  'amqp.maxMessageSize',
  // SASL mechanisms to use, separated by commas: PLAIN, EXTERNAL, ANONYMOUS.
  'amqp.saslMechanisms',
])
