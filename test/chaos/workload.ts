import { type Connection, queue, type Session, topic } from '../../src/index.ts'
import { churn } from './churn.ts'
import { consumeByListening, consumeByReceiving, consumeIndividually, consumeInTransactions } from './consumers.ts'
import { CONNECTIONS, type Crowd, type Lane, lanesFor } from './lanes.ts'
import { produceInTransactions, producePlain } from './producers.ts'
import type { Random } from './random.ts'
import type { Recorder } from './recorder.ts'

/** Gives the connection of a number. */
export type OpenConnection = (index: number) => Promise<Connection>

/** Producers and consumers on all lanes, until they are told to stop. */
export class Workload {
  readonly #recorder: Recorder
  readonly #random: Random
  readonly #crowd: Crowd | undefined
  readonly #connections: Connection[] = []
  readonly #stopProducing = new AbortController()
  readonly #stopConsuming = new AbortController()
  readonly #producing: Promise<unknown>[] = []
  readonly #consuming: Promise<unknown>[] = []

  /** @param crowd - the usual one when it is undefined */
  constructor(recorder: Recorder, random: Random, crowd: Crowd | undefined) {
    this.#recorder = recorder
    this.#random = random
    this.#crowd = crowd
  }

  /** @param prefix - the beginning of the names of destinations, which no other run uses */
  async start(open: OpenConnection, prefix: string): Promise<void> {
    for (let index = 0; index < CONNECTIONS; index += 1) {
      const connection = await open(index)
      this.#connections.push(connection)
      this.#observe(connection, String(index))
    }
    const lanes = lanesFor((this.#connections[0] as Connection).capabilities, prefix, this.#crowd)
    // Subscriptions are there before anything is published.
    for (const lane of lanes) await this.#startConsumers(lane)
    for (const lane of lanes) await this.#startProducers(lane)
    for (const [index, connection] of this.#connections.entries()) {
      const settings = {
        name: `${prefix}.churn-${index}`,
        recorder: this.#recorder,
        random: this.#random.fork(),
        stop: this.#stopProducing.signal,
      }
      this.#producing.push(churn(connection, settings))
    }
  }

  /** Resolves when what was called is answered. */
  async stopProducing(): Promise<void> {
    this.#stopProducing.abort()
    await Promise.all(this.#producing)
  }

  /** Resolves when what was called is answered, and all is closed. */
  async close(): Promise<void> {
    this.#stopConsuming.abort()
    await Promise.all(this.#consuming)
    await Promise.all(
      this.#connections.map((connection, index) =>
        this.#recorder.call({ name: 'close', actor: `connection ${index}` }, () => connection.close()),
      ),
    )
  }

  #observe(connection: Connection, name: string): void {
    const add = this.#recorder.add.bind(this.#recorder)
    connection.on('interrupted', (error) => add({ type: 'interrupted', connection: name, error: error.message }))
    connection.on('resumed', () => add({ type: 'resumed', connection: name }))
    connection.on('error', (error) => add({ type: 'error', connection: name, error: String(error) }))
    connection.on('closed', (error) => {
      if (error !== undefined) add({ type: 'error', connection: name, error: `closed: ${error.message}` })
    })
  }

  async #startConsumers({ destination: name, kind, consumers }: Lane): Promise<void> {
    const recorder = this.#recorder
    let group = recorder.group(name)
    for (const [index, { role, connection }] of consumers.entries()) {
      // Each subscription of a topic is a group of its own; all consumers of a queue are one.
      if (kind === 'topic' && index > 0) group = recorder.group(name)
      const consumerName = `${name}.consumer-${index}`
      const groupName = kind === 'topic' ? `${name}.subscription-${index}` : name
      recorder.add({
        type: 'consumer',
        consumer: consumerName,
        connection: String(connection),
        destination: name,
        kind,
        group: groupName,
      })
      const session = await this.#session(connection, role)
      const consumer =
        kind === 'queue'
          ? await session.createConsumer(queue(name))
          : await session.createDurableConsumer(topic(name), groupName)
      const settings = {
        name: consumerName,
        group,
        recorder,
        random: this.#random.fork(),
        stop: this.#stopConsuming.signal,
      }
      if (role === 'listen') consumeByListening(consumer, settings)
      else if (role === 'transacted') this.#consuming.push(consumeInTransactions(session, consumer, settings))
      else {
        const consume = role === 'receive' ? consumeByReceiving : consumeIndividually
        this.#consuming.push(consume(consumer, settings))
      }
    }
  }

  async #startProducers({ destination: name, kind, producers }: Lane): Promise<void> {
    for (const [index, { role, connection }] of producers.entries()) {
      const settings = {
        name: `${name}.producer-${index}`,
        destination: kind === 'queue' ? queue(name) : topic(name),
        recorder: this.#recorder,
        random: this.#random.fork(),
        stop: this.#stopProducing.signal,
      }
      this.#recorder.add({
        type: 'producer',
        producer: settings.name,
        connection: String(connection),
        destination: name,
      })
      const session = await this.#session(connection, role)
      const produce = role === 'transacted' ? produceInTransactions : producePlain
      this.#producing.push(produce(session, settings))
    }
  }

  #session(connection: number, role: string): Promise<Session> {
    return (this.#connections[connection] as Connection).createSession({
      acknowledgeMode: role === 'transacted' || role === 'individual' ? role : 'auto',
    })
  }
}
