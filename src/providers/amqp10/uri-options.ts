/** Options that an AMQP 1.0 URI may carry, and what each means; the URI parser refuses all others. */
export const URI_OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'amqp.vhost': 'virtual host of RabbitMQ; the path of the URI does the same',
  vhost: 'short for amqp.vhost',
  'amqp.idleTimeout': 'ms of silence after which the broker has to send a heartbeat; overrides heartbeat',
  'amqp.maxFrameSize': 'largest frame this client takes, in bytes; 1048576 by default, 512 at least',
  'amqp.maxMessageSize': 'largest message this client takes, in bytes; 268435456 by default',
  'amqp.saslMechanisms': 'SASL mechanisms to use, separated by commas: PLAIN, EXTERNAL, ANONYMOUS',
})
