import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import {
  type Connection,
  type Consumer,
  connect,
  queue,
  type ReceivedMessage,
  ResourceLimitError,
  TimeoutError,
} from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import type { Broker } from '../brokers/broker.ts'
import { waitForBroker } from '../brokers/broker.ts'
import type { BrokerName } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { startBrokerIn } from '../brokers/start.ts'
import { soon } from '../conformance/waiting.ts'
import { protocolsOf } from '../failover/protocols.ts'

vi.setConfig({ testTimeout: 60_000 })

/** What a user reads of a broker that holds senders back. */
const HELD_BACK =
  /did not confirm the send to queue .* within sendTimeout \(\d+ ms\).*(for want of memory or disk|takes no messages for now.*low on (memory|disk))/
const options = { sendTimeout: 1_000 }
/** More than any broker lets a sender have ahead. */
const MOST_SENDS = 5_000

type Surroundings = Parameters<typeof startBrokerIn>[0]

/** Tests with a broker of their own, in surroundings that get narrow; none when the run goes without that broker. */
function describeNarrow(
  name: BrokerName,
  title: string,
  surroundings: Surroundings,
  tests: (broker: () => Broker) => void,
): void {
  if (injectedBroker(name) === undefined) return
  describe(title, () => {
    let broker: Broker | undefined
    beforeAll(async () => {
      broker = await startBrokerIn(surroundings, name)
      await waitForBroker(broker.address)
    }, 90_000)
    afterAll(() => broker?.stop())
    tests(() => broker as Broker)
  })
}

async function execute(broker: Broker, command: readonly string[]): Promise<void> {
  const { exitCode, output } = await broker.execute(command)
  expect(exitCode, output).toBe(0)
}

/** Sends messages of this size until one fails; gives how many went through, and why that one did not. */
async function sendUntilRefused(
  connection: Connection,
  name: string,
  bytes = 100_000,
): Promise<{ sent: number; error: Error }> {
  for (let sent = 0; sent < MOST_SENDS; sent += 1) {
    const outcome = await connection.send(queue(name), `${sent}`.padEnd(bytes)).catch((error: unknown) => error)
    if (outcome instanceof Error) return { sent, error: outcome }
  }
  throw new Error(`${MOST_SENDS} messages have been taken`)
}

/** Sends a message as often as the broker refuses it for want of room: what was consumed makes some, in a moment. */
async function sendUntilTaken(connection: Connection, name: string): Promise<void> {
  for (;;) {
    const outcome = await connection.send(queue(name), 'again').catch((error: unknown) => error)
    if (outcome === undefined) return
    expect(outcome).toBeInstanceOf(ResourceLimitError)
  }
}

/** A consumer that is there before the broker has no room even for that; it takes message after message when it is asked. */
class Reader {
  readonly connection: Connection
  readonly #consumer: Consumer

  private constructor(connection: Connection, consumer: Consumer) {
    this.connection = connection
    this.#consumer = consumer
  }

  static async of(uri: string, name: string): Promise<Reader> {
    const connection = await connect(uri)
    const session = await connection.createSession()
    return new Reader(connection, await session.createConsumer(queue(name), { prefetch: 1 }))
  }

  async receive(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await this.#receive()
  }

  /** Gives how many came before this one. */
  async receiveUntil(body: string): Promise<number> {
    for (let received = 0; ; received += 1) if ((await this.#receive()).body === body) return received
  }

  async #receive(): Promise<ReceivedMessage> {
    const message = await this.#consumer.receive({ timeout: 10_000 })
    if (message === null) throw new Error('a message has not come')
    return message
  }
}

const alarms = [
  {
    of: 'memory',
    raise: ['rabbitmqctl', 'set_vm_memory_high_watermark', 'absolute', '1MB'],
    clear: ['rabbitmqctl', 'set_vm_memory_high_watermark', 'absolute', '1GB'],
  },
  {
    of: 'disk space',
    raise: ['rabbitmqctl', 'set_disk_free_limit', 'mem_relative', '9000'],
    clear: ['rabbitmqctl', 'set_disk_free_limit', '200MB'],
  },
]

describeNarrow('rabbitmq', 'RabbitMQ', {}, (broker) => {
  const cases = alarms.flatMap((alarm) => protocolsOf('rabbitmq').map((protocol) => ({ ...alarm, protocol })))

  it.each(cases)('short of $of holds senders back over $protocol until it has some again', async (given) => {
    const { protocol, raise, clear } = given
    const uri = broker().uri(protocol)
    const name = uniqueName('alarm')
    await using connection = await connect(uri, options)
    await connection.send(queue(name), 'before')
    await execute(broker(), raise)
    // Over STOMP what is sent first after the alarm still goes through.
    const { error } = await sendUntilRefused(connection, name)
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ inDoubt: true })
    expect(error.message).toMatch(HELD_BACK)
    expect(connection.state).toBe('connected')

    await using patient = await connect(uri)
    const patience = patient.send(queue(name), 'patient')
    await execute(broker(), clear)
    await soon(patience, 'the send')
    const reader = await Reader.of(uri, name)
    expect(await reader.receiveUntil('patient')).toBeGreaterThan(0)
    await reader.connection.close()
  })
})

const activemq = readFileSync(new URL('../brokers/activemq/activemq.xml', import.meta.url), 'utf8')
/** A broker for each, that only the one can be short on it. */
const shortages = [
  {
    what: 'store',
    reason: /Persistent store is Full/,
    configuration: activemq
      .replace('<storeUsage limit="2 gb"/>', '<storeUsage limit="16 mb"/>')
      .replace('<kahaDB ', '<kahaDB journalMaxFileLength="1mb" cleanupInterval="200" '),
  },
  {
    what: 'memory',
    reason: /Memory Limit reached/,
    configuration: activemq
      .replace('<memoryUsage percentOfJvmHeap="70"/>', '<memoryUsage limit="8 mb"/>')
      // Messages stay in memory there only; persistent ones move to the store otherwise.
      .replace(
        '<policyEntry queue="limited.>" prioritizedMessages="true" memoryLimit="1mb"',
        '<policyEntry queue="memory.>"',
      ),
  },
]
const configured = (content: string): Surroundings => ({
  files: [{ content, target: '/opt/activemq/conf/activemq.xml' }],
})

describe.each(shortages)('ActiveMQ Classic with its $what full', ({ what, reason, configuration }) => {
  describeNarrow('activemq', 'and sendFailIfNoSpace', configured(configuration), (broker) => {
    it.each(protocolsOf('activemq'))('refuses a send over %s', async (protocol) => {
      await using connection = await connect(broker().uri(protocol), options)
      const name = uniqueName(`${what}.full`)
      const reader = await Reader.of(broker().uri(protocol), name)
      const { sent, error } = await sendUntilRefused(connection, name)
      expect(sent).toBeGreaterThan(0)
      expect(error).toBeInstanceOf(ResourceLimitError)
      expect(error.message).toMatch(reason)
      expect(error.message).toMatch(/free room at the broker, or raise its limit$/)
      expect(connection.state).toBe('connected')
      await reader.receive(sent)
      await sendUntilTaken(connection, name)
      await reader.connection.close()
    })
  })

  const waits = configuration.replace('<systemUsage sendFailIfNoSpace="true">', '<systemUsage>')
  describeNarrow('activemq', 'and what is the default', configured(waits), (broker) => {
    it.each(protocolsOf('activemq'))('holds senders back over %s', async (protocol) => {
      const uri = broker().uri(protocol)
      const name = uniqueName(`${what}.full`)
      const reader = await Reader.of(uri, name)
      await using connection = await connect(uri, options)
      const { sent, error } = await sendUntilRefused(connection, name)
      expect(sent).toBeGreaterThan(0)
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error.message).toMatch(HELD_BACK)

      await using patient = await connect(uri)
      const patience = patient.send(queue(name), 'patient')
      expect(await reader.receiveUntil('patient')).toBeGreaterThanOrEqual(sent)
      await soon(patience, 'the send')
      await reader.connection.close()
    })
  })
})

const artemis = readFileSync(new URL('../brokers/artemis/etc/broker.xml', import.meta.url), 'utf8')
const data = '/opt/broker/data'
const smallDisk: Surroundings = {
  disks: { [data]: 'size=256m' },
  files: [
    {
      content: artemis.replace('<max-disk-usage>98<', '<disk-scan-period>200</disk-scan-period><max-disk-usage>70<'),
      target: '/opt/broker/etc/broker.xml',
    },
  ],
}

describeNarrow('artemis', 'Artemis with its disk full', smallDisk, (broker) => {
  it('holds senders back until there is room', async () => {
    const uri = broker().uri('amqp')
    const name = uniqueName('full')
    await using connection = await connect(uri, options)
    await connection.send(queue(name), 'before')
    await execute(broker(), ['dd', 'if=/dev/zero', `of=${data}/filler`, 'bs=1M', 'count=180'])
    // Small ones: what the broker has given credit for still has to fit on the disk.
    const { error } = await sendUntilRefused(connection, name, 1_000)
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error.message).toMatch(HELD_BACK)
    expect(connection.state).toBe('connected')

    await using patient = await connect(uri)
    const patience = patient.send(queue(name), 'patient')
    await execute(broker(), ['rm', `${data}/filler`])
    await soon(patience, 'the send')
    const reader = await Reader.of(uri, name)
    expect(await reader.receiveUntil('patient')).toBeGreaterThan(0)
    await reader.connection.close()
  })
})
