/** What came is no AMQP 0-9-1, or more than is taken: the connection ends over it. */
export class AmqpProtocolError extends Error {
  override readonly name: string = 'AmqpProtocolError'
}
