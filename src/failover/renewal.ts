import type { TemporaryCredentials } from '../options/credentials.ts'
import type { Logger } from '../options/logger.ts'
import type { BrokerLink } from './broker-link.ts'
import type { NamedEndpoint } from './connector.ts'

/** ms for which credentials have to be valid, for another try with the connection that is there. */
const TIME_FOR_A_TRY = 1_000

/** What renewing takes. */
export interface RenewalSettings<Endpoint> {
  readonly credentials?: (endpoint: Endpoint) => Promise<TemporaryCredentials>
  readonly logger: Logger
}

/**
 * Asks for new credentials, and gives them to the broker over the connection that is there. `failed` when there are none at the
 * moment, with time left to ask again; `impossible` when that takes another connection. Never rejects.
 */
export async function renewInPlace<Endpoint extends NamedEndpoint>(
  link: BrokerLink<Endpoint>,
  { credentials, logger }: RenewalSettings<Endpoint>,
): Promise<'renewed' | 'failed' | 'impossible'> {
  const { provider, endpoint } = link
  if (provider.renew === undefined || credentials === undefined) return 'impossible'
  let given: TemporaryCredentials
  try {
    given = await credentials(endpoint)
  } catch (error) {
    logger.warn?.(`there are no new credentials for ${endpoint.name} yet`, { error })
    return (link.credentialsExpireAt ?? 0) - Date.now() > TIME_FOR_A_TRY ? 'failed' : 'impossible'
  }
  try {
    if (!(await provider.renew(given))) return 'impossible'
  } catch (error) {
    logger.warn?.(`${endpoint.name} has not taken new credentials`, { error })
    return 'impossible'
  }
  link.renewed(given.expiresAt)
  logger.debug?.(`${endpoint.name} has new credentials`)
  return 'renewed'
}
