import type { OutgoingPublish } from './codec/encode.ts'
import { MqttProtocolError, type Publish } from './codec/packets.ts'

/** A number in place of the name of a topic (MQTT 5 §3.3.2.3.4), which the other side sets and may forget by setting it anew. */

/** Aliases that the broker gives. */
export class IncomingAliases {
  /** How many the broker may give. */
  static readonly most = 256
  readonly #topics = new Map<number, string>()

  /** The message with the name of its topic. @throws MqttProtocolError for an alias that stands for nothing */
  resolve(publish: Publish): Publish {
    const { topicAlias } = publish.properties
    if (topicAlias === undefined) return publish
    if (topicAlias === 0 || topicAlias > IncomingAliases.most) {
      throw new MqttProtocolError(`the topic alias ${topicAlias} is not between 1 and ${IncomingAliases.most}`)
    }
    if (publish.topic !== '') {
      this.#topics.set(topicAlias, publish.topic)
      return publish
    }
    const topic = this.#topics.get(topicAlias)
    if (topic === undefined) throw new MqttProtocolError(`the topic alias ${topicAlias} stands for nothing`)
    return { ...publish, topic }
  }
}

/** A name that is not longer costs less than an alias. */
const WORTH_AN_ALIAS = 8

/** Aliases that this client gives: to the topics it publishes to first, as many as the broker takes. */
export class OutgoingAliases {
  readonly #aliases = new Map<string, number>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** The message with an alias, and without the name of its topic where the broker knows the alias. */
  of(publish: OutgoingPublish): OutgoingPublish {
    const { topic, properties } = publish
    const known = this.#aliases.get(topic)
    if (known !== undefined) return { ...publish, topic: '', properties: { ...properties, topicAlias: known } }
    if (this.#aliases.size >= this.#most || topic.length < WORTH_AN_ALIAS) return publish
    const topicAlias = this.#aliases.size + 1
    this.#aliases.set(topic, topicAlias)
    return { ...publish, properties: { ...properties, topicAlias } }
  }
}
