import { AmqpConditionError } from './error-mapping.ts'
import { sleep } from './promises.ts'

/** ms between attempts. */
const PAUSES = [20, 50, 100, 200, 500]

/**
 * Makes another attempt at what the broker failed at with `amqp:internal-error`. RabbitMQ does so while another
 * connection declares the same quorum queue: the queue is known then, and its process not there yet.
 */
export async function withoutInternalErrors<T>(attempt: () => Promise<T>): Promise<T> {
  for (const pause of PAUSES) {
    try {
      return await attempt()
    } catch (error) {
      if (!isInternalError(error)) throw error
    }
    await sleep(pause)
  }
  return attempt()
}

function isInternalError(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof AmqpConditionError && cause.condition === 'amqp:internal-error'
}
