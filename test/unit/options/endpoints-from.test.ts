import { describe, expect, it } from 'vitest'
import { endpointsFrom, InvalidOptionError } from '../../../src/index.ts'
import { parseTarget } from '../../../src/options/target.ts'
import { SCHEMES } from '../../../src/providers/registry.ts'

const HOST = 'b-1234a5b6-78cd-901e-2fgh-3i45j6k178l9'
const hostOf = (n: number): string => `${HOST}-${n}.mq.eu-central-1.amazonaws.com`

const activeMqInstance = (n: number): object => ({
  ConsoleURL: `https://${hostOf(n)}:8162`,
  Endpoints: [
    `ssl://${hostOf(n)}:61617`,
    `amqp+ssl://${hostOf(n)}:5671`,
    `stomp+ssl://${hostOf(n)}:61614`,
    `mqtt+ssl://${hostOf(n)}:8883`,
    `wss://${hostOf(n)}:61619`,
  ],
  IpAddress: `10.0.1.${n}`,
})

const PAIR = {
  $metadata: { httpStatusCode: 200, attempts: 1 },
  AuthenticationStrategy: 'SIMPLE',
  BrokerArn: `arn:aws:mq:eu-central-1:123456789012:broker:orders:${HOST}`,
  BrokerId: HOST,
  BrokerInstances: [activeMqInstance(1), activeMqInstance(2)],
  BrokerName: 'orders',
  BrokerState: 'RUNNING',
  Created: new Date(0),
  DeploymentMode: 'ACTIVE_STANDBY_MULTI_AZ',
  EngineType: 'ACTIVEMQ',
  EngineVersion: '5.18',
  Users: [{ Username: 'app' }],
}

const RABBITMQ = {
  BrokerInstances: [
    { ConsoleURL: `https://${HOST}.mq.us-east-1.on.aws`, Endpoints: [`amqps://${HOST}.mq.us-east-1.on.aws:5671`] },
  ],
  BrokerState: 'RUNNING',
  DeploymentMode: 'CLUSTER_MULTI_AZ',
  EngineType: 'RABBITMQ',
  EngineVersion: '4.2',
}

const PAIR_ENDPOINTS = [`amqp+ssl://${hostOf(1)}:5671`, `amqp+ssl://${hostOf(2)}:5671`]

const refusal = (output: unknown, options?: unknown): InvalidOptionError => {
  try {
    endpointsFrom(output, options as never)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError)
    return error as InvalidOptionError
  }
  throw new Error('was accepted')
}

describe('endpointsFrom', () => {
  it('gives both endpoints of an active/standby pair', () => {
    expect(endpointsFrom(PAIR)).toEqual(PAIR_ENDPOINTS)
    expect(endpointsFrom(PAIR, { protocol: 'amqp' })).toEqual(PAIR_ENDPOINTS)
  })

  it.each([
    ['mqtt', 'mqtt+ssl', 8883, ''],
    ['stomp', 'stomp+ssl', 61614, ''],
    ['stomp+wss', 'wss', 61619, ''],
    ['amqp10', 'amqp+ssl', 5671, '?amqp.version=1.0'],
  ] as const)('gives those of %s of an ActiveMQ broker', (protocol, scheme, port, query) => {
    const endpoints = [1, 2].map((n) => `${scheme}://${hostOf(n)}:${port}${query}`)
    expect(endpointsFrom(PAIR, { protocol })).toEqual(endpoints)
    const { groups } = parseTarget(endpointsFrom(PAIR, { protocol }), SCHEMES)
    expect(groups[0]).toHaveLength(2)
  })

  it.each([
    ['amqp', ''],
    ['amqp10', '?amqp.version=1.0'],
    ['amqp091', '?amqp.version=0-9-1'],
  ] as const)('gives that of %s of a RabbitMQ broker', (protocol, query) => {
    expect(endpointsFrom(RABBITMQ, { protocol })).toEqual([`amqps://${HOST}.mq.us-east-1.on.aws:5671${query}`])
    parseTarget(endpointsFrom(RABBITMQ, { protocol }), SCHEMES)
  })

  it.each([
    [
      PAIR,
      'amqp091',
      /the ACTIVEMQ 5\.18 broker has no amqp091 endpoint, only: ssl, amqp\+ssl, stomp\+ssl, mqtt\+ssl, wss; ask for the protocol amqp, amqp10, mqtt, openwire, stomp, stomp\+wss$/,
    ],
    [
      RABBITMQ,
      'stomp',
      /the RABBITMQ 4\.2 broker has no stomp endpoint, only: amqps; ask for the protocol amqp, amqp10, amqp091$/,
    ],
    [RABBITMQ, 'stomp+wss', /has no stomp\+wss endpoint/],
    [
      { ...RABBITMQ, EngineVersion: '3.13' },
      'amqp10',
      /the RABBITMQ 3\.13 broker has no amqp10 endpoint, only: amqps; ask for the protocol amqp, amqp091$/,
    ],
  ])('says what there is where the broker has none of a protocol', (broker, protocol, reason) => {
    const error = refusal(broker, { protocol })
    expect(error.option).toBe('describeBrokerOutput')
    expect(error.message).toMatch(reason)
  })

  it('gives the one endpoint of a RabbitMQ cluster', () => {
    expect(endpointsFrom(RABBITMQ)).toEqual([`amqps://${HOST}.mq.us-east-1.on.aws:5671`])
  })

  it('reads the names of the REST API', () => {
    const lowerCase = (value: object): object =>
      Object.fromEntries(
        Object.entries(value).map(([name, field]) => [name.charAt(0).toLowerCase() + name.slice(1), field]),
      )
    const answer = lowerCase({ ...PAIR, BrokerInstances: PAIR.BrokerInstances.map(lowerCase) })
    expect(answer).toHaveProperty('brokerInstances')
    expect(endpointsFrom(answer)).toEqual(PAIR_ENDPOINTS)
  })

  it('reads what went through JSON', () => {
    expect(endpointsFrom(JSON.parse(JSON.stringify(PAIR)))).toEqual(PAIR_ENDPOINTS)
  })

  it('makes a target, or a group of one', () => {
    const names = (groups: readonly (readonly { readonly name: string }[])[]): string[][] =>
      groups.map((group) => group.map(({ name }) => name))
    expect(names(parseTarget(endpointsFrom(PAIR), SCHEMES).groups)).toEqual([PAIR_ENDPOINTS])
    const two = [endpointsFrom(PAIR), endpointsFrom(RABBITMQ)]
    expect(names(parseTarget(two, SCHEMES).groups)).toEqual(two)
  })

  it.each([
    [undefined, 'describeBrokerOutput', /expected an object/],
    [null, 'describeBrokerOutput', /expected an object/],
    [JSON.stringify(PAIR), 'describeBrokerOutput', /parsed from JSON/],
    [[PAIR], 'describeBrokerOutput', /expected an object/],
    [{}, 'describeBrokerOutput', /no BrokerInstances/],
    [{ BrokerSummaries: [] }, 'describeBrokerOutput', /ListBrokers/],
    [{ BrokerInstances: {} }, 'describeBrokerOutput.BrokerInstances', /expected an array/],
    [{ BrokerInstances: ['x'] }, 'describeBrokerOutput.BrokerInstances.0', /expected an object/],
    [
      { BrokerInstances: [{ Endpoints: [1] }] },
      'describeBrokerOutput.BrokerInstances.0.Endpoints.0',
      /expected a string/,
    ],
    [
      { BrokerState: 'CREATION_IN_PROGRESS', BrokerInstances: [{ ConsoleURL: 'https://x' }] },
      'describeBrokerOutput',
      /CREATION_IN_PROGRESS; ask again when the broker is RUNNING/,
    ],
    [
      { EngineType: 'ACTIVEMQ', BrokerInstances: [{ Endpoints: ['ssl://a:61617', 'wss://a:61619'] }] },
      'describeBrokerOutput',
      /the ACTIVEMQ broker has no amqp endpoint, only: ssl, wss; ask for the protocol openwire, stomp\+wss$/,
    ],
  ])('refuses %j', (output, option, reason) => {
    const error = refusal(output)
    expect(error.option).toBe(option)
    expect(error.message).toMatch(reason)
  })

  it('refuses a protocol that it does not know', () => {
    expect(refusal(PAIR, { protocol: 'jms' })).toMatchObject({
      option: 'protocol',
      message: expect.stringMatching(/wrong: expected amqp, amqp10, amqp091, mqtt, openwire, stomp, stomp\+wss$/),
    })
    refusal(PAIR, { protocol: 'toString' })
  })
})
