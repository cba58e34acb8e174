import type { Connection } from './client/api.ts'
import { ClientConnection } from './client/connection.ts'
import { requireFeature } from './client/missing-features.ts'
import { directConnection } from './direct-connection.ts'
import { credentialsFor, endpointDial } from './endpoint-dial.ts'
import { ConnectionError } from './errors.ts'
import { Connector } from './failover/connector.ts'
import { EndpointSchedule } from './failover/endpoint-schedule.ts'
import { FailoverProvider } from './failover/failover-provider.ts'
import type { ConnectOptions, ResolvedConnectOptions } from './options/connect-options.ts'
import { parseFailoverOptions, withUriOptions } from './options/failover-options.ts'
import { isFailoverUri } from './options/failover-uri.ts'
import { requirePlaintextAllowed } from './options/plaintext.ts'
import { type ConnectTarget, type Endpoint, parseTarget } from './options/target.ts'
import { part } from './part.ts'
import { requirePossible } from './platform/limits.ts'
import type { Provider } from './provider/provider.ts'
import { withJavaOptions } from './providers/openwire-schemes.ts'
import { SCHEMES } from './providers/registry.ts'
import { toldEndpoints } from './told-endpoints.ts'

const rabbitMqOptions = part('options of RabbitMQ', () => import('./options/rabbitmq-options.ts'))

/**
 * Connects to whatever {@link connect} takes: takes the target apart, goes round its endpoints, and looks for the next one
 * when a broker is lost.
 *
 * @param unchecked - as they were given
 */
export async function connectTarget(
  id: string,
  target: ConnectTarget,
  checked: ResolvedConnectOptions,
  unchecked: ConnectOptions,
): Promise<Connection> {
  const { failover, rabbitmq } = unchecked
  const given = parseFailoverOptions(failover)
  const parsed = parseTarget(target, SCHEMES)
  const { groups, options } = await withJavaOptions(
    {
      groups: parsed.groups,
      options: rabbitmq === undefined ? checked : await withRabbitMq(checked, rabbitmq),
    },
    unchecked,
  )
  requirePossible(groups.flat(), options.tls())
  for (const endpoint of groups.flat()) requirePlaintextAllowed(endpoint, options)

  const { logger, closeTimeout, signal } = options
  const resolved = withUriOptions(given, parsed.failover)
  const connector = new Connector({
    dial: endpointDial(id, options, loadProvider, otherProvider),
    schedule: new EndpointSchedule(groups, resolved),
    options: resolved,
    logger,
  })
  const staysWithBroker = given === false || (failover === undefined && staysInProcess(target, groups))
  if (staysWithBroker) return directConnection(id, await connector.connectFirst(signal), options, requireFeature)
  const provider = new FailoverProvider({
    connector,
    options: resolved,
    credentials: (endpoint: Endpoint) => credentialsFor(endpoint, options),
    told: toldEndpoints(connector.schedule, resolved, options),
    logger,
    closeTimeout,
  })
  const connection = new ClientConnection(id, provider, options, requireFeature)
  connection.opened(await provider.connect(connection, signal))
  return connection
}

async function withRabbitMq(options: ResolvedConnectOptions, given: unknown): Promise<ResolvedConnectOptions> {
  const rabbitmq = await rabbitMqOptions(({ parseRabbitMqOptions }) => parseRabbitMqOptions(given))
  return Object.freeze({ ...options, rabbitmq })
}

async function loadProvider({ scheme, uri }: Endpoint): Promise<Provider> {
  const registered = SCHEMES.get(scheme)
  if (registered === undefined) throw new ConnectionError(`no provider for ${scheme}:`)
  return registered.load(uri)
}

function otherProvider({ scheme, uri }: Endpoint, failure: unknown): Promise<Provider> | undefined {
  return SCHEMES.get(scheme)?.loadOther?.(uri, failure)
}

/** One broker in this process: it is not lost unless the application closes it. */
function staysInProcess(target: ConnectTarget, groups: readonly (readonly Endpoint[])[]): boolean {
  const [first, ...others] = groups.flat()
  const isInProcess = first !== undefined && SCHEMES.get(first.scheme)?.network === false
  return isInProcess && others.length === 0 && !isFailoverUri(String(target))
}
