/** Options that an AMQP URI may carry where the broker speaks 0-9-1, and what each means; the URI parser refuses all others. */
export const URI_OPTIONS: Readonly<Record<string, string>> = Object.freeze({
  'amqp.version': 'protocol version, `1.0` or `0-9-1`; by default the one that the broker answers in, 1.0 before 0-9-1',
  'amqp.vhost': 'virtual host of RabbitMQ; the path of the URI does the same',
  vhost: 'short for amqp.vhost',
  'amqp.maxFrameSize': 'largest frame this client takes, in bytes; 1048576 by default',
  'amqp.maxMessageSize': 'largest message this client takes, in bytes; 268435456 by default',
  'amqp.saslMechanisms': 'SASL mechanisms to use, separated by commas: PLAIN, EXTERNAL, ANONYMOUS',
  heartbeat: 'seconds between heartbeats, as the RabbitMQ URI specification has it; overrides the heartbeat option',
  channel_max: 'channels that the connection may have, as the RabbitMQ URI specification has it; AMQP 0-9-1 only',
  connection_timeout: 'ms for the handshake, as the RabbitMQ URI specification has it; connectTimeout holds beside it',
  auth_mechanism: 'plain, external or anonymous, as the RabbitMQ URI specification has it',
})
