import { describe, expect, it } from 'vitest'
import { redeliveryDelay } from '../../../src/client/redelivery.ts'
import {
  type ConnectOptions,
  connect,
  InvalidOptionError,
  InvalidUriError,
  MessagingError,
} from '../../../src/index.ts'
import { parseConnectOptions, type ResolvedConnectOptions } from '../../../src/options/connect-options.ts'
import type { Credentials } from '../../../src/options/credentials.ts'
import { LONGEST_DURATION } from '../../../src/options/parse-options.ts'
import { type ConnectTarget, type Endpoint, parseTarget } from '../../../src/options/target.ts'
import { withJavaOptions } from '../../../src/providers/openwire-schemes.ts'
import { SCHEMES } from '../../../src/providers/registry.ts'
import { failureOf } from '../../conformance/waiting.ts'
import { printed } from '../client/printed.ts'

interface Target {
  readonly options: ResolvedConnectOptions
  readonly endpoints: readonly Endpoint[]
}

async function targetOf(target: ConnectTarget, given: ConnectOptions = {}): Promise<Target> {
  const { groups } = parseTarget(target, SCHEMES)
  const taken = await withJavaOptions({ groups, options: parseConnectOptions(given) }, given)
  return { options: taken.options, endpoints: taken.groups.flat() }
}

const optionsOf = async (target: ConnectTarget, given?: ConnectOptions): Promise<ResolvedConnectOptions> =>
  (await targetOf(target, given)).options

const POLICY = 'jms.redeliveryPolicy'

/** The delays before so many redeliveries. */
async function delaysOf(policy: string, count = 5, given: ConnectOptions = {}): Promise<readonly number[]> {
  const query = policy === '' ? '' : `?${policy.replaceAll(/(^|&)/g, `$1${POLICY}.`)}`
  const { redelivery } = await optionsOf(`tcp://h${query}`, given)
  return Array.from({ length: count }, (_, index) => redeliveryDelay(redelivery, index + 2))
}

describe('a URI of the Java client', () => {
  it('gives its options to the connection, behind the parentheses, inside them and without any', async () => {
    const query = 'jms.clientID=till&jms.sendTimeout=7000&jms.closeTimeout=500&jms.requestTimeout=900'
    for (const target of [
      `tcp://a?${query}&jms.connectResponseTimeout=800`,
      `failover:(tcp://a:61616,tcp://b:61616)?${query}&nested.jms.connectResponseTimeout=800&randomize=false`,
      `failover:(tcp://a?${query},tcp://b?jms.connectResponseTimeout=800)`,
      [`tcp://a?${query}&jms.connectResponseTimeout=800`, 'ssl://b'],
    ]) {
      expect(await optionsOf(target)).toMatchObject({
        ...{ clientId: 'till', sendTimeout: 7_000, closeTimeout: 500, requestTimeout: 900, connectTimeout: 800 },
      })
    }
  })

  it('gives way to the options of connect()', async () => {
    const query = `jms.clientID=till&jms.sendTimeout=7000&jms.closeTimeout=500&${POLICY}.maximumRedeliveries=2`
    const given = { clientId: 'mine', sendTimeout: 1, closeTimeout: 2, redelivery: { maximumRedeliveries: 9 } }
    expect(await optionsOf(`tcp://h?${query}`, given)).toMatchObject({
      ...{ clientId: 'mine', sendTimeout: 1, closeTimeout: 2, redelivery: { maximumRedeliveries: 9 } },
    })
  })

  it('has no limit of time where it says 0, and leaves the one of an attempt to connect', async () => {
    const zero = 'jms.sendTimeout=0&jms.closeTimeout=0&jms.connectResponseTimeout=0'
    expect(await optionsOf(`tcp://h?${zero}`)).toMatchObject({
      ...{ sendTimeout: LONGEST_DURATION, closeTimeout: LONGEST_DURATION, connectTimeout: 15_000 },
    })
  })

  it('keeps for the provider what is for the provider, and nothing else', async () => {
    const { endpoints } = await targetOf(
      'failover:(tcp://a?wireFormat.version=11,amqp://b)?jms.useCompression=true&jms.clientID=till&jms.password=x',
    )
    expect(endpoints.map(({ uri }) => uri.href)).toEqual([
      'tcp://a?wireFormat.version=11&jms.useCompression=true',
      'amqp://b',
    ])
  })

  it.each<readonly [string, Credentials]>([
    ['tcp://h?jms.userName=till&jms.password=a%26b', { username: 'till', password: 'a&b' }],
    ['failover:(tcp://h)?jms.userName=till&jms.password=x', { username: 'till', password: 'x' }],
    ['tcp://other:y@h?jms.userName=till&jms.password=x', { username: 'other', password: 'y' }],
    ['tcp://till:y@h?jms.userName=till&jms.password=x', { username: 'till', password: 'y' }],
    ['tcp://till@h?jms.password=x', { username: 'till', password: 'x' }],
    ['tcp://other@h?jms.userName=till&jms.password=x', { username: 'other', password: '' }],
    ['tcp://h?jms.userName=till', { username: 'till' }],
    ['tcp://h', {}],
  ])('logs in by %s', async (uri, credentials) => {
    const { endpoints } = await targetOf(uri)
    expect(endpoints[0]?.credentials).toEqual(credentials)
  })

  it('has credentials of its own for each broker', async () => {
    const { endpoints } = await targetOf(
      'failover:(tcp://a?jms.userName=a&jms.password=1,tcp://b?jms.userName=b&jms.password=2)',
    )
    expect(endpoints.map(({ credentials }) => credentials)).toEqual([
      { username: 'a', password: '1' },
      { username: 'b', password: '2' },
    ])
  })

  it.each([
    [
      'failover:(tcp://a:1?jms.clientID=x,tcp://b:2?jms.clientID=y)',
      'jms.clientID',
      /tcp:\/\/a:1 .*=x .*tcp:\/\/b:2 .*=y/,
    ],
    [
      `tcp://a?${POLICY}.redeliveryDelay=1,tcp://b?${POLICY}.redeliveryDelay=2`,
      `${POLICY}.redeliveryDelay`,
      /give it once/,
    ],
    ['tcp://h?jms.clientID=', 'jms.clientID', /is empty; leave it out/],
    ['tcp://h?jms.sendTimeout=soon', 'jms.sendTimeout', /=soon is no whole number from 0 to/],
    [`tcp://h?${POLICY}.maximumRedeliveries=-2`, `${POLICY}.maximumRedeliveries`, /no whole number from -1 to/],
    [`tcp://h?${POLICY}.backOffMultiplier=twice`, `${POLICY}.backOffMultiplier`, /such as 2 or 1\.5/],
    [`tcp://h?${POLICY}.useExponentialBackOff=1`, `${POLICY}.useExponentialBackOff`, /neither true nor false/],
    ['tcp://a,tcp://b?jms.checkForDuplicates=true', 'jms.checkForDuplicates', /duplicateWindow/],
    ['failover:(tcp://a,tcp://b?wireFormat.version=9)', 'wireFormat.version', /no whole number from 10 to 12/],
  ])('is refused before anything is sent: %s', async (target, option, reason) => {
    const error = await failureOf(connect(target, { allowPlaintext: true }))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option, message: expect.stringMatching(reason) })
  })

  const SECRET = 'hunter2-in-the-uri'
  it.each([
    `tcp://h?jms.password=a&${SECRET}`,
    `tcp://h?jms.password=a&${SECRET}=b`,
    `failover:(tcp://h)?jms.password=a&${SECRET}`,
    `failover:(tcp://h)?nested.${SECRET}=b&jms.password=a`,
    `amqp://h?jms.password=${SECRET}`,
    `failover:(amqp://h)?jms.password=${SECRET}`,
    `tcp://h?jms.password=${SECRET}&jms.sendTimeout=soon`,
    `tcp://a?jms.password=${SECRET}&jms.clientID=a,tcp://b?jms.password=${SECRET}2&jms.clientID=b`,
    `tcp://localhost:1?jms.userName=u&jms.password=${SECRET}`,
  ])('shows no password when it fails: %s', async (target) => {
    const error = await failureOf(connect(target, { allowPlaintext: true, failover: false }))
    expect(error).toBeInstanceOf(MessagingError)
    expect(printed(error)).not.toContain(SECRET)
  })

  it.each(['', '&jms.password=x'])('shows an unknown option of a failover: URI as it stands there, with %j', (more) => {
    const parse = (): unknown => parseTarget(`failover:(tcp://a)?jms.clientId=x${more}`, SCHEMES)
    expect(parse).toThrow(InvalidUriError)
    expect(parse).toThrow(/unknown option jms\.clientId in the failover: URI; did you mean jms\.clientID\?/)
  })
})

describe('a redelivery policy in a URI', () => {
  it.each<readonly [string, readonly number[]]>([
    ['maximumRedeliveries=9', [1000, 1000, 1000, 1000, 1000]],
    ['initialRedeliveryDelay=0', [0, 1000, 1000, 1000, 1000]],
    ['initialRedeliveryDelay=0&redeliveryDelay=0', [0, 0, 0, 0, 0]],
    ['initialRedeliveryDelay=100&redeliveryDelay=5000', [100, 5000, 5000, 5000, 5000]],
    ['initialRedeliveryDelay=5000&redeliveryDelay=100', [5000, 100, 100, 100, 100]],
    ['redeliveryDelay=100&maximumRedeliveryDelay=50', [1000, 100, 100, 100, 100]],
    ['useExponentialBackOff=true', [1000, 5000, 25000, 125000, 625000]],
    ['useExponentialBackOff=true&maximumRedeliveries=-1', [1000, 5000, 25000, 125000, 625000]],
    ['useExponentialBackOff=true&backOffMultiplier=1.5&initialRedeliveryDelay=100', [100, 150, 225, 338, 506]],
    ['useExponentialBackOff=true&backOffMultiplier=2&maximumRedeliveryDelay=3000', [1000, 2000, 3000, 3000, 3000]],
    ['useExponentialBackOff=true&maximumRedeliveryDelay=3000', [1000, 3000, 3000, 3000, 3000]],
    [
      'useExponentialBackOff=true&initialRedeliveryDelay=9000&maximumRedeliveryDelay=3000',
      [9000, 3000, 3000, 3000, 3000],
    ],
    ['useExponentialBackOff=true&backOffMultiplier=0.5', [1000, 1000, 1000, 1000, 1000]],
    ['useExponentialBackOff=true&initialRedeliveryDelay=0&redeliveryDelay=10', [0, 10, 50, 250, 1250]],
    ['useExponentialBackOff=true&initialRedeliveryDelay=0&redeliveryDelay=0', [0, 0, 0, 0, 0]],
  ])('has the delays of the Java client: %s', async (policy, delays) => {
    expect(await delaysOf(policy)).toEqual(delays)
  })

  it('waits no longer than a timer can, without a limit in the URI', async () => {
    const [last] = (await delaysOf('useExponentialBackOff=true&maximumRedeliveries=-1', 500)).slice(-1)
    expect(last).toBe(LONGEST_DURATION)
  })

  it('varies delays in both directions where it avoids collisions', async () => {
    const delays = await delaysOf(
      'useCollisionAvoidance=true&collisionAvoidancePercent=20&maximumRedeliveries=-1',
      2_000,
    )
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(800)
    expect(Math.max(...delays)).toBeLessThanOrEqual(1_200)
    expect(Math.min(...delays)).toBeLessThan(850)
    expect(Math.max(...delays)).toBeGreaterThan(1_150)
    expect(new Set(await delaysOf('collisionAvoidancePercent=20', 100))).toEqual(new Set([1_000]))
  })

  it('is joined from all URIs, and with the option redelivery of connect() before them', async () => {
    const target = `failover:(tcp://a?${POLICY}.maximumRedeliveries=2,tcp://b?${POLICY}.redeliveryDelay=7)`
    expect((await optionsOf(target)).redelivery).toMatchObject({ maximumRedeliveries: 2, jitter: 0 })
    const { redelivery } = await optionsOf(target, { redelivery: { initialDelay: 300, jitter: 0 } })
    expect(redelivery).toMatchObject({ maximumRedeliveries: 2, initialDelay: 300, backOffMultiplier: 2 })
    expect(redeliveryDelay(redelivery, 3)).toBe(600)
  })

  it('leaves the one of polymq where there is none', async () => {
    const given = { redelivery: { jitter: 0 } }
    expect(await delaysOf('', 8, given)).toEqual([1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000])
  })
})
