import { IllegalStateError, InvalidDestinationError, MessageTooLargeError, ResourceLimitError } from '../../errors.ts'
import { type Destination, describeDestination, isSameDestination } from '../../message/destination.ts'
import type { MessageData } from '../../message/message-data.ts'
import { DONE } from '../../provider/provider.ts'
import type { ProducerInfo, SessionInfo } from '../../provider/resources.ts'
import { admitsAtOnce, PendingSend, type Target } from './admission.ts'
import type { Broker } from './broker.ts'
import type { BrokerConnection } from './connection.ts'
import { encode, type StoredMessage } from './mapping.ts'
import type { Transaction } from './transaction.ts'

/** Sends one message, or keeps it for the commit; the promise settles once there is room for it. Throws what refuses it. */
export function sendMessage(
  connection: BrokerConnection,
  info: ProducerInfo,
  data: MessageData,
  session: SessionInfo | undefined,
): Promise<void> {
  const { broker } = connection
  const target = targetOf(connection, info, data.destination ?? info.destination)
  const message = encode(data, target.destination, connection.key)
  if (message.size > broker.limits.maxBytes) {
    throw new MessageTooLargeError(
      `a message of about ${message.size} bytes is more than ${describeDestination(target.destination)} at ${broker.endpoint} ` +
        `holds in all; raise maxBytesPerDestination above ${broker.limits.maxBytes}`,
    )
  }
  if (session !== undefined) return sendInTransaction(connection, session, target, message)
  if (admitsAtOnce(target, message)) {
    store(broker, target, message)
    broker.loop.run()
    return DONE
  }
  return wait(connection, target, message, () => store(broker, target, message)).promise
}

function targetOf(connection: BrokerConnection, info: ProducerInfo, destination: Destination | undefined): Target {
  const producer = connection.producer(info)
  if (producer === undefined) throw new IllegalStateError(`the producer ${info.id} is closed; create another`)
  if (destination === undefined) {
    throw new InvalidDestinationError(`the producer ${info.id} has no destination; give one with each message`)
  }
  const { target } = producer
  if (target !== undefined && !target.isGone && isSameDestination(target.destination, destination)) return target
  producer.target = connection.broker.target(destination)
  return producer.target
}

function sendInTransaction(
  connection: BrokerConnection,
  session: SessionInfo,
  target: Target,
  message: StoredMessage,
): Promise<void> {
  const transaction = connection.transaction(session)
  assertFits(connection.broker, transaction, message)
  if (admitsAtOnce(target, message) || transaction.makesRoomAt(target)) {
    transaction.add(target, message)
    return DONE
  }
  const pending = wait(connection, target, message, () => transaction.add(target, message))
  transaction.wait(pending)
  return pending.promise
}

/** A transaction is kept in memory beside its destinations, so it has the bounds of one. */
function assertFits(broker: Broker, transaction: Transaction, message: StoredMessage): void {
  const { maxMessages, maxBytes } = broker.limits
  if (transaction.sends.length < maxMessages && transaction.bytes + message.size <= maxBytes) return
  throw new ResourceLimitError(
    `a transaction on ${broker.endpoint} holds at most ${maxMessages} messages and ${maxBytes} bytes; commit more often`,
  )
}

function store(broker: Broker, target: Target, message: StoredMessage): void {
  if (!broker.duplicates.recognises(message, target.destination.name)) target.accept(message)
}

function wait(connection: BrokerConnection, target: Target, message: StoredMessage, goAhead: () => void): PendingSend {
  const pending = new PendingSend(() => {
    // Looked up so that a temporary destination which has been deleted meanwhile refuses the send.
    if (target.isGone) connection.broker.target(target.destination)
    if (!target.admits(message)) return 'blocked'
    goAhead()
    return 'done'
  })
  target.admission.add(pending)
  void connection.track(pending)
  return pending
}
