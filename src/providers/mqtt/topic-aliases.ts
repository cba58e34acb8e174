import type { OutgoingPublish } from './codec/encode.ts'

/**
 * A number in place of the name of a topic (MQTT 5 §3.3.2.3.4). The broker is allowed none: Artemis sends messages in another
 * order than it writes them in, so that one with an alias alone comes before the one that says what it stands for, and it may
 * give one alias to two topics at once.
 */

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
