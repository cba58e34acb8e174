import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import type { StompConnection } from './connection.ts'
import { rabbitmqDialect } from './rabbitmq-dialect.ts'
import { RabbitmqGiveBack } from './rabbitmq-give-back.ts'
import { suspicion } from './rabbitmq-suspicion.ts'
import { RabbitmqTopology } from './rabbitmq-topology.ts'

/** RabbitMQ. */
export async function rabbitmqProfile(broker: RecognisedBroker): Promise<BrokerProfile> {
  const { connection, clientId, product, version } = broker
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
