import { InvalidOptionError } from '../errors.ts'
import { array, looseObject, Mismatch, optional, string } from './schema.ts'
import { schemeOf } from './uri-scheme.ts'

/** Options of {@link endpointsFrom}. */
export interface EndpointsFromOptions {
  /** The protocol whose endpoints are taken; `amqp`, the default, is the one there is. */
  readonly protocol?: 'amqp'
}

/** ActiveMQ brokers call AMQP over TLS `amqp+ssl`, RabbitMQ brokers `amqps`. */
const SCHEMES: Readonly<Record<string, readonly string[]>> = { amqp: ['amqp+ssl', 'amqps'] }

const CALL = 'endpointsFrom'
const ARGUMENT = 'describeBrokerOutput'

/**
 * Makes a target of {@link connect} from what AWS answers to DescribeBroker: the output of the SDK's
 * `DescribeBrokerCommand`, of `aws mq describe-broker`, or of the REST API with its lower-case names. An active/standby
 * pair gives two URIs. Neither the SDK nor a network is needed.
 *
 * @example
 * const broker = await mq.send(new DescribeBrokerCommand({ BrokerId }))
 * await using connection = await connect(endpointsFrom(broker), { username, password })
 * // A replica in another region, tried after the whole primary:
 * await connect([endpointsFrom(primary), endpointsFrom(replica)], { username, password })
 *
 * @returns URIs in the order of the broker's instances, at least one
 * @throws InvalidOptionError when this is no such answer, or the broker has no endpoint of the protocol
 */
export function endpointsFrom(describeBrokerOutput: unknown, options: EndpointsFromOptions = {}): readonly string[] {
  const protocol = options.protocol ?? 'amqp'
  const schemes = Object.hasOwn(SCHEMES, protocol) ? SCHEMES[protocol] : undefined
  if (schemes === undefined) {
    throw new InvalidOptionError(
      'protocol',
      `${CALL}: the option protocol is wrong: expected ${Object.keys(SCHEMES).join(' or ')}`,
    )
  }
  const broker = parseDescription(describeBrokerOutput)
  const all = (broker.BrokerInstances ?? []).flatMap((instance) => instance.Endpoints ?? []).map((uri) => uri.trim())
  if (all.length === 0) throw noEndpoints(broker.BrokerState)
  const endpoints = all.filter((uri) => schemes.includes(schemeOf(uri) ?? ''))
  if (endpoints.length > 0) return Object.freeze(endpoints)
  const offered = [...new Set(all.map((uri) => schemeOf(uri) ?? '(no scheme)'))].join(', ')
  throw new InvalidOptionError(
    ARGUMENT,
    `${CALL}: the ${broker.EngineType ?? 'Amazon MQ'} broker has no ${protocol} endpoint (${schemes.join(' or ')}), only: ${offered}`,
  )
}

/** The parts that are read, under the names of the AWS SDK and the AWS CLI. */
interface Description {
  readonly BrokerState?: string | undefined
  readonly EngineType?: string | undefined
  readonly BrokerInstances?: readonly { readonly Endpoints?: readonly string[] | undefined }[] | undefined
}

function parseDescription(output: unknown): Description {
  const description = looseObject({
    BrokerState: optional(string()),
    EngineType: optional(string()),
    BrokerInstances: optional(array(looseObject({ Endpoints: optional(array(string())) }))),
  })
  try {
    return description(withSdkNames(output))
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    const where = [ARGUMENT, ...error.path].join('.')
    throw new InvalidOptionError(
      where,
      `${CALL}: ${where} is wrong: ${error.message}; pass the whole answer to DescribeBroker, parsed from JSON`,
    )
  }
}

function noEndpoints(state: string | undefined): InvalidOptionError {
  const reason =
    state === undefined
      ? 'has no BrokerInstances with Endpoints; pass the whole answer to DescribeBroker, not that to ListBrokers'
      : `has no endpoints in state ${state}; ask again when the broker is RUNNING`
  return new InvalidOptionError(ARGUMENT, `${CALL}: ${ARGUMENT} ${reason}`)
}

/** The REST API has `brokerInstances` where the SDK has `BrokerInstances`. */
function withSdkNames(output: unknown): unknown {
  const broker = withUpperCaseNames(output)
  if (!isRecord(broker) || !Array.isArray(broker.BrokerInstances)) return broker
  return { ...broker, BrokerInstances: broker.BrokerInstances.map(withUpperCaseNames) }
}

function withUpperCaseNames(value: unknown): unknown {
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.charAt(0).toUpperCase() + name.slice(1), field]),
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
