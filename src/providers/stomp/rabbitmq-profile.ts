import { InvalidOptionError } from '../../errors.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import type { StompConnection } from './connection.ts'
import { rabbitmqDialect } from './rabbitmq-dialect.ts'
import { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import { suspicion } from './rabbitmq-refusals.ts'
import { RabbitmqTopology } from './rabbitmq-topology.ts'

/** RabbitMQ. */
export async function rabbitmqProfile(broker: RecognisedBroker): Promise<BrokerProfile> {
  const { connection, clientId, product, version } = broker
  if (broker.queueOptions !== undefined) throw noQueueOptions(connection.endpoint)
  connection.suspicion = suspicion
  const connectAgain = async (): Promise<StompConnection> => {
    const another = await broker.connectAgain()
    another.suspicion = suspicion
    return another
  }
  const topology = new RabbitmqTopology({ connection, clientId, connectAgain })
  const dialect = rabbitmqDialect(product, version, topology)
  if (clientId !== undefined) await topology.claimClientId(clientId)
  const giveBack = new RabbitmqGiveBack(connection)
  connection.isExpected = (text) => giveBack.isLateDelivery(text)
  return { dialect, topology, giveBack }
}

/** The plugin knows a part of the arguments, and takes a queue that is there with others without a word. */
function noQueueOptions(endpoint: string): InvalidOptionError {
  return new InvalidOptionError(
    'rabbitmq',
    `the option rabbitmq does not hold over STOMP, which ${endpoint} speaks; connect over AMQP, or leave it out`,
  )
}
