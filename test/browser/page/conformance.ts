/** The conformance suite as a program of a page; its outcomes are in `outcomes`. */
import { queue } from 'polymq'
import { conformanceSuite } from '../../conformance/suite.ts'
import { type TargetSettings, targetAt } from '../../conformance/target.ts'
import { runTests } from './vitest.ts'

const { settings } = globalThis as unknown as { settings: Partial<TargetSettings> & { address: string; dlq?: string } }
const { address, dlq = 'DLQ', ...others } = settings

Object.assign(globalThis, {
  setImmediate: (task: () => void) => setTimeout(task, 0),
  Buffer: {
    compare: (a: Uint8Array, b: Uint8Array) => (a.length === b.length && a.every((byte, i) => byte === b[i]) ? 0 : 1),
  },
})

conformanceSuite(
  targetAt({
    name: address,
    uri: () => address,
    limitedUri: () => `${address}.limited?maxBytesPerDestination=1048576`,
    deadLetterQueue: queue(dlq),
    patience: 5_000,
    silence: 50,
    ...others,
  }),
)

Object.assign(globalThis, { outcomes: runTests() })
