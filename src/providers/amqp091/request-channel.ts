import type { Channel, ChannelListener } from './channel.ts'
import type { AmqpConnection } from './connection.ts'
import { AmqpReplyError } from './reply.ts'

/**
 * A channel for requests: the broker closes it over what it refuses, and the next request opens another. One request at a
 * time, so that what is refused is what was asked last.
 */
export class RequestChannel implements ChannelListener {
  readonly #connection: AmqpConnection
  #channel: Channel | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(connection: AmqpConnection) {
    this.#connection = connection
  }

  get endpoint(): string {
    return this.#connection.endpoint
  }

  /** As {@link Channel.call}. */
  request(...call: Parameters<Channel['call']>): ReturnType<Channel['call']> {
    const answer = this.#last.then(async () => {
      if (this.#channel?.isOpen !== true) this.#channel = this.#connection.openChannel(this)
      return this.#channel.call(...call)
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  /** What is not answered keeps its channel: it is not waited for. */
  close(): void {
    void this.#channel?.close()
  }

  closed(reply: AmqpReplyError | undefined): void {
    if (reply !== undefined) this.#channel = undefined
  }
}

/** The code that the broker refused something with. */
export function replyCodeOf(error: unknown): number | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AmqpReplyError ? cause.code : undefined
}
