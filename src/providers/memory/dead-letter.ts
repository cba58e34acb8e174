import { makeDestination } from '../../message/destination.ts'
import { admitsAtOnce, PendingSend } from './admission.ts'
import type { Broker } from './broker.ts'
import type { Entry } from './entry.ts'
import type { StoredMessage } from './mapping.ts'
import { DEAD_LETTER_QUEUE } from './names.ts'

/**
 * Moves a delivered entry to the dead-letter queue. While that is full the entry stays with its own queue, delivered;
 * what is returned settles once it has moved, and puts it back if it cannot. A message rejected in the dead-letter queue itself has nowhere to go and ends.
 */
export function moveToDeadLetters(broker: Broker, entry: Entry, reason: string | undefined): PendingSend | undefined {
  const deadLetters = broker.queue(makeDestination('queue', DEAD_LETTER_QUEUE))
  if (deadLetters.store === entry.store) {
    entry.store.discard(entry)
    return undefined
  }
  const message = deadLetterOf(entry.message, reason)
  const move = (): void => {
    entry.store.discard(entry)
    deadLetters.accept(message)
  }
  if (admitsAtOnce(deadLetters, message)) {
    move()
    return undefined
  }
  const tryMove = (): 'done' | 'blocked' => {
    if (!deadLetters.admits(message)) return 'blocked'
    move()
    return 'done'
  }
  const pending = new PendingSend(tryMove, () => entry.store.giveBack(entry, 'failed'))
  deadLetters.admission.add(pending)
  return pending
}

/** It keeps its identity, and neither expires nor waits any more: it is there to be looked at. */
function deadLetterOf(stored: StoredMessage, reason: string | undefined): StoredMessage {
  const { data } = stored
  const properties = {
    ...data.properties,
    JMS_POLYMQ_originalDestination: data.destination?.name ?? '',
    JMS_POLYMQ_originalKind: data.destination?.kind ?? '',
    ...(reason === undefined ? {} : { JMS_POLYMQ_deadLetterReason: reason }),
  }
  return {
    ...stored,
    data: {
      ...data,
      destination: makeDestination('queue', DEAD_LETTER_QUEUE),
      expiration: undefined,
      deliveryTime: undefined,
      properties: Object.freeze(properties),
    },
  }
}
