import { InvalidOptionError } from '../errors.ts'
import { array, looseObject, Mismatch, optional, string } from './schema.ts'
import { schemeOf } from './uri-scheme.ts'

/** What {@link endpointsFrom} can be asked for. */
export type EndpointsProtocol = 'amqp' | 'amqp10' | 'amqp091' | 'mqtt' | 'openwire' | 'stomp' | 'stomp+wss'

/** Options of {@link endpointsFrom}. */
export interface EndpointsFromOptions {
  /**
   * The protocol whose endpoints are taken. `amqp`, the default, takes the version that the broker answers in, `amqp10` and
   * `amqp091` one of them; `openwire` is what Java's clients speak; `stomp+wss` is STOMP over a WebSocket, which is what browsers can use. Amazon MQ for ActiveMQ has
   * all but `amqp091`, Amazon MQ for RabbitMQ has AMQP alone, and 1.0 from RabbitMQ 4.
   */
  readonly protocol?: EndpointsProtocol
}

interface Choice {
  /** As Amazon MQ writes them. */
  readonly schemes: readonly string[]
  /** What goes behind the URI. */
  readonly query?: string
}

/** ActiveMQ brokers call AMQP over TLS `amqp+ssl`, RabbitMQ brokers `amqps`. */
const CHOICES: Readonly<Record<EndpointsProtocol, Choice>> = {
  amqp: { schemes: ['amqp+ssl', 'amqps'] },
  amqp10: { schemes: ['amqp+ssl', 'amqps'], query: '?amqp.version=1.0' },
  amqp091: { schemes: ['amqps'], query: '?amqp.version=0-9-1' },
  mqtt: { schemes: ['mqtt+ssl'] },
  openwire: { schemes: ['ssl'] },
  stomp: { schemes: ['stomp+ssl'] },
  'stomp+wss': { schemes: ['wss'] },
}

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
 * // Over another protocol than AMQP:
 * await connect(endpointsFrom(broker, { protocol: 'stomp' }), { username, password })
 *
 * @returns URIs in the order of the broker's instances, at least one
 * @throws InvalidOptionError when this is no such answer, or the broker has no endpoint of the protocol
 */
export function endpointsFrom(describeBrokerOutput: unknown, options: EndpointsFromOptions = {}): readonly string[] {
  const protocol = options.protocol ?? 'amqp'
  if (!Object.hasOwn(CHOICES, protocol)) throw unknownProtocol()
  const { schemes, query = '' } = CHOICES[protocol]
  const broker = parseDescription(describeBrokerOutput)
  const all = (broker.BrokerInstances ?? []).flatMap((instance) => instance.Endpoints ?? []).map((uri) => uri.trim())
  if (all.length === 0) throw noEndpoints(broker.BrokerState)
  const offered = new Set(all.map((uri) => schemeOf(uri) ?? '(no scheme)'))
  const endpoints = all.filter((uri) => schemes.includes(schemeOf(uri) ?? '')).map((uri) => uri + query)
  if (endpoints.length === 0 || (protocol === 'amqp10' && isBeforeAmqp10(broker)))
    throw lacking(protocol, broker, offered)
  return Object.freeze(endpoints)
}

/** RabbitMQ speaks AMQP 1.0 from version 4. */
function isBeforeAmqp10({ EngineType, EngineVersion }: Description): boolean {
  return EngineType?.toUpperCase() === 'RABBITMQ' && Number.parseInt(EngineVersion ?? '4', 10) < 4
}

function lacking(protocol: EndpointsProtocol, broker: Description, offered: ReadonlySet<string>): InvalidOptionError {
  const { EngineType = 'Amazon MQ', EngineVersion = '' } = broker
  const others = Object.entries(CHOICES).filter(
    ([name, { schemes }]) =>
      name !== protocol &&
      schemes.some((scheme) => offered.has(scheme)) &&
      !(name === 'amqp10' && isBeforeAmqp10(broker)),
  )
  const advice = others.length === 0 ? '' : `; ask for the protocol ${others.map(([name]) => name).join(', ')}`
  return new InvalidOptionError(
    ARGUMENT,
    `${CALL}: the ${`${EngineType} ${EngineVersion}`.trim()} broker has no ${protocol} endpoint, only: ${[...offered].join(', ')}${advice}`,
  )
}

function unknownProtocol(): InvalidOptionError {
  return new InvalidOptionError(
    'protocol',
    `${CALL}: the option protocol is wrong: expected ${Object.keys(CHOICES).join(', ')}`,
  )
}

/** The parts that are read, under the names of the AWS SDK and the AWS CLI. */
interface Description {
  readonly BrokerState?: string | undefined
  readonly EngineType?: string | undefined
  readonly EngineVersion?: string | undefined
  readonly BrokerInstances?: readonly { readonly Endpoints?: readonly string[] | undefined }[] | undefined
}

function parseDescription(output: unknown): Description {
  const description = looseObject({
    BrokerState: optional(string()),
    EngineType: optional(string()),
    EngineVersion: optional(string()),
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
