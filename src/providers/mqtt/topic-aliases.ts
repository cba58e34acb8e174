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

  /** The message with the alias of its topic alone, where the broker knows that. */
  known(publish: OutgoingPublish): OutgoingPublish | undefined {
    const topicAlias = this.#aliases.get(publish.topic)
    return topicAlias === undefined ? undefined : withAlias(publish, '', topicAlias)
  }

  /** The message with an alias for its topic, where there is one left; {@link sent} must follow when it goes out. */
  first(publish: OutgoingPublish): OutgoingPublish {
    const { topic } = publish
    if (this.#aliases.size >= this.#most || topic.length < WORTH_AN_ALIAS) return publish
    return withAlias(publish, topic, this.#aliases.size + 1)
  }

  /** The broker knows the alias of this message once it looks at the next one. */
  sent({ topic, properties }: OutgoingPublish): void {
    const topicAlias = properties?.topicAlias
    if (topic !== '' && topicAlias !== undefined) this.#aliases.set(topic, topicAlias)
  }
}

function withAlias(publish: OutgoingPublish, topic: string, topicAlias: number): OutgoingPublish {
  return { ...publish, topic, properties: { ...publish.properties, topicAlias } }
}
