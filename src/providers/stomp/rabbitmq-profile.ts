import { InvalidOptionError } from '../../errors.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import { rabbitmqDialect } from './rabbitmq-dialect.ts'
import { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import { RabbitmqTopology } from './rabbitmq-topology.ts'
import { suspicionUnless } from './suspicion.ts'

/** ERROR texts about a message that was acknowledged. */
const ABOUT_ACKNOWLEDGING =
  /subscription not found|has no subscription|no current subscription|delivery tag|N?ACK must/i

/** RabbitMQ. */
export async function rabbitmqProfile(broker: RecognisedBroker): Promise<BrokerProfile> {
  const { connection, clientId, product, version } = broker
  // The plugin knows a part of the arguments, and takes a queue that is there with others without a word.
  if (broker.queueOptions !== undefined) {
    throw new InvalidOptionError(
      'rabbitmq',
      `the option rabbitmq does not hold over STOMP, which ${connection.endpoint} speaks; connect over AMQP, or leave it out`,
    )
  }
  connection.suspicion = suspicionUnless(ABOUT_ACKNOWLEDGING)
  const topology = new RabbitmqTopology(broker)
  const dialect = rabbitmqDialect(product, version, topology)
  if (clientId !== undefined) await topology.claimClientId(clientId)
  const giveBack = new RabbitmqGiveBack(connection)
  connection.isExpected = (text) => giveBack.isLateDelivery(text)
  return { dialect, topology, giveBack }
}
