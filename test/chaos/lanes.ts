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

/** What a run does on a broker with these capabilities, under names of its own. */
export function lanesFor(capabilities: Capabilities, prefix: string): Lane[] {
  const hasTransactions = capabilities.transactions !== 'unsupported'
  return LANES.filter(({ kind }) => kind === 'queue' || capabilities.durableSubscriptions !== 'unsupported').map(
    (lane) => ({
      ...lane,
      destination: `${prefix}.${lane.destination}`,
      producers: hasTransactions ? lane.producers : lane.producers.map((one) => ({ ...one, role: 'plain' })),
      consumers: hasTransactions
        ? lane.consumers
        : lane.consumers.map((one) => (one.role === 'transacted' ? { ...one, role: 'individual' } : one)),
    }),
  )
}
