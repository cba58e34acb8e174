import type { MessageData } from '../../message/message-data.ts'
import type { Delivery } from '../../provider/provider.ts'
import type { Publish } from './codec/packets.ts'
import type { MqttConnection } from './connection.ts'
import { decodeMessage } from './mapping.ts'

/** A message that has come. It is acknowledged once every consumer that it is for is done with it. */
export class Incoming {
  readonly publish: Publish
  readonly message: MessageData
  readonly #connection: MqttConnection
  #consumers: number

  /** @param consumers - for how many it is */
  constructor(connection: MqttConnection, publish: Publish, consumers: number, now: number) {
    this.#connection = connection
    this.publish = publish
    this.message = decodeMessage(publish, { now })
    this.#consumers = consumers
  }

  /** One of the consumers is done with it. */
  settled(): void {
    this.#consumers -= 1
    if (this.#consumers === 0) this.#connection.acknowledge(this.publish)
  }
}

/** A message in the hands of one consumer. */
export class MqttDelivery implements Delivery {
  readonly message: MessageData
  readonly redelivered: boolean
  /** Nobody counts over MQTT. */
  readonly deliveryCount: number
  readonly incoming: Incoming

  /** @param again - whether another consumer of this connection has had it */
  constructor(incoming: Incoming, again: boolean) {
    this.incoming = incoming
    this.message = incoming.message
    this.redelivered = again || incoming.publish.duplicate
    this.deliveryCount = this.redelivered ? 2 : 1
  }
}
