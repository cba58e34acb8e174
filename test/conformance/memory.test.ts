import { randomUUID } from 'node:crypto'
import { conformanceSuite } from './suite.ts'
import { targetAt } from './target.ts'

const broker = randomUUID()

conformanceSuite(
  targetAt({
    name: 'the embedded broker',
    uri: () => `memory:${broker}`,
    limitedUri: () => `memory:${broker}.limited?maxBytesPerDestination=1048576`,
    patience: 2_000,
    silence: 20,
  }),
)
