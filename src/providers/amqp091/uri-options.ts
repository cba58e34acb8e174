/** Options that an AMQP URI may carry where the broker speaks 0-9-1; the URI parser refuses all others. */
export const URI_OPTIONS: ReadonlySet<string> = new Set([
  // Protocol version, `1.0` or `0-9-1`; by default the one that the broker answers in, 1.0 before 0-9-1.
  'amqp.version',
  // Virtual host of RabbitMQ; the path of the URI does the same.
  'amqp.vhost',
  // Short for amqp.vhost.
  'vhost',
  // Largest frame this client takes, in bytes; 1048576 by default.
  'amqp.maxFrameSize',
  // Largest message this client takes, in bytes; 268435456 by default.
  'amqp.maxMessageSize',
  // SASL mechanisms to use, separated by commas: PLAIN, EXTERNAL, ANONYMOUS.
  'amqp.saslMechanisms',
  // Seconds between heartbeats, as the RabbitMQ URI specification has it; overrides the heartbeat option.
  'heartbeat',
  // Channels that the connection may have, as the RabbitMQ URI specification has it; AMQP 0-9-1 only.
  'channel_max',
  // Ms for the handshake, as the RabbitMQ URI specification has it; connectTimeout holds beside it.
  'connection_timeout',
  // Plain, external or anonymous, as the RabbitMQ URI specification has it.
  'auth_mechanism',
])
