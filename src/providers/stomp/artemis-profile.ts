import { part } from '../../part.ts'
import { artemisDialect } from './artemis-dialect.ts'
import { ArtemisManagement } from './artemis-management.ts'
import { readRefusals } from './artemis-refusals.ts'
import { ArtemisTopology } from './artemis-topology.ts'
import type { BrokerProfile, RecognisedBroker } from './broker-profile.ts'
import type { StompConnection } from './connection.ts'

const clientIds = part('client ids on ActiveMQ Artemis', () => import('./artemis-client-id.ts'))

/** Whoever asked for these has no permission to ask; each further connection would be lost over it as well. */
const withoutAnswers = new Set<string>()

/** ActiveMQ Artemis. */
export async function artemisProfile(broker: RecognisedBroker): Promise<BrokerProfile> {
  const { connection, management } = await openManagement(broker)
  try {
    const { clientId, product, version, connectAgain } = broker
    if (clientId !== undefined) await clientIds(({ claimClientId }) => claimClientId(connection, clientId))
    const topology = new ArtemisTopology({ connection, clientId, management, connectAs: connectAgain })
    return { dialect: artemisDialect(product, version, topology), topology, connection }
  } catch (error) {
    await connection.close(broker.closeTimeout)
    throw error
  }
}

/** Artemis closes a connection over a question that its user may not ask; then another one takes its place, and asks none. */
async function openManagement(broker: RecognisedBroker): Promise<{
  readonly connection: StompConnection
  readonly management: ArtemisManagement | undefined
}> {
  const { connection, username, connectAgain } = broker
  readRefusals(connection)
  const asker = `${username} ${connection.endpoint}`
  if (withoutAnswers.has(asker)) return { connection, management: undefined }
  const management = new ArtemisManagement(connection)
  if (await management.begin()) return { connection, management }
  withoutAnswers.add(asker)
  await connection.close(broker.closeTimeout)
  return { connection: await connectAgain(), management: undefined }
}
