import type { Capabilities } from '../../src/index.ts'

export type ProducerRole = 'plain' | 'transacted'
export type ConsumerRole = 'receive' | 'listen' | 'individual' | 'transacted'

/** A destination with those who use it. Connections are numbers. */
export interface Lane {
  readonly destination: string
  readonly kind: 'queue' | 'topic'
  readonly producers: readonly { readonly role: ProducerRole; readonly connection: number }[]
  /** Of a queue, they share its messages; of a topic, each has a durable subscription. */
  readonly consumers: readonly { readonly role: ConsumerRole; readonly connection: number }[]
}

/** Connections of a run. */
export const CONNECTIONS = 3

/** What a run does, on a broker with everything. */
const LANES: readonly Lane[] = [
  {
    destination: 'shared',
    kind: 'queue',
    producers: [
      { role: 'plain', connection: 0 },
      { role: 'plain', connection: 1 },
    ],
    consumers: [
      { role: 'receive', connection: 1 },
      { role: 'listen', connection: 2 },
      { role: 'individual', connection: 0 },
    ],
  },
  {
    destination: 'ordered',
    kind: 'queue',
    producers: [
      { role: 'plain', connection: 1 },
      { role: 'transacted', connection: 2 },
    ],
    consumers: [{ role: 'receive', connection: 0 }],
  },
  {
    destination: 'committed',
    kind: 'queue',
    producers: [
      { role: 'transacted', connection: 0 },
      { role: 'transacted', connection: 1 },
    ],
    consumers: [{ role: 'transacted', connection: 1 }],
  },
  {
    destination: 'subscribed',
    kind: 'topic',
    producers: [
      { role: 'plain', connection: 0 },
      { role: 'transacted', connection: 1 },
    ],
    consumers: [
      { role: 'listen', connection: 2 },
      { role: 'transacted', connection: 1 },
    ],
  },
]

/** How many there are of each, on all lanes together. */
export interface Crowd {
  readonly producers: number
  readonly consumers: number
}

/** As in {@link LANES}. */
export const USUAL_CROWD: Crowd = { producers: 8, consumers: 7 }

/** Each lane has one of each. */
export const SMALLEST_CROWD: Crowd = { producers: LANES.length, consumers: LANES.length }

/** What a run does on a broker with these capabilities, under names of its own. */
export function lanesFor(capabilities: Capabilities, prefix: string, crowd: Crowd = USUAL_CROWD): Lane[] {
  const hasTransactions = capabilities.transactions !== 'unsupported'
  const needed = { queue: 'queues', topic: 'durableSubscriptions' } as const
  const lanes = LANES.filter(({ kind }) => capabilities[needed[kind]] !== 'unsupported')
  const producers = spread(
    lanes.map((lane) => lane.producers),
    crowd.producers,
    () => true,
  )
  // One consumer alone sees the order of all messages.
  const consumers = spread(
    lanes.map((lane) => lane.consumers),
    crowd.consumers,
    (index) => lanes[index]?.consumers.length !== 1,
  )
  return lanes.map((lane, index) => ({
    ...lane,
    destination: `${prefix}.${lane.destination}`,
    producers: (producers[index] ?? []).map((one) => (hasTransactions ? one : { ...one, role: 'plain' })),
    consumers: (consumers[index] ?? []).map((one) =>
      hasTransactions || one.role !== 'transacted' ? one : { ...one, role: 'individual' },
    ),
  }))
}

/** So many of the users of lanes: the first of each lane, the second of each, and so on, and from the beginning again. */
function spread<User extends { readonly connection: number }>(
  lanes: readonly (readonly User[])[],
  count: number,
  takesMore: (lane: number) => boolean,
): User[][] {
  const taken = lanes.map((): User[] => [])
  const all = (): number => taken.reduce((sum, { length }) => sum + length, 0)
  for (let rank = 0; all() < count; rank += 1) {
    for (const [index, users] of lanes.entries()) {
      const user = users[rank % users.length]
      if (user === undefined || all() >= count || (rank >= users.length && !takesMore(index))) continue
      const connection = (user.connection + Math.floor(rank / users.length)) % CONNECTIONS
      taken[index]?.push({ ...user, connection })
    }
  }
  return taken
}
