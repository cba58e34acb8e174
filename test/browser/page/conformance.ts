/** The conformance suite as a program of a page; its outcomes are in `outcomes`. */
import { connect, queue } from 'polymq'
import { conformanceSuite, type Subject } from '../../conformance/suite.ts'
import { type TargetSettings, targetAt } from '../../conformance/target.ts'
import { runTests } from './vitest.ts'

/** What the page is told: values that JSON has. */
export interface PageSettings extends Partial<Omit<TargetSettings, 'deadLetterQueue' | 'name'>> {
  readonly address: string
  /** Where queues named `limited.…` are full after a megabyte, unless they are at the address. */
  readonly limitedAddress?: string
  /** With a wrong password, where the broker asks for one. */
  readonly wrongAddress?: string
  /** The name of the queue. */
  readonly deadLetters?: string
  /** All by default. */
  readonly subjects?: readonly Subject[]
}

const { settings } = globalThis as unknown as { settings: PageSettings }
const { address, limitedAddress = address, wrongAddress, deadLetters = 'DLQ', subjects, ...others } = settings

Object.assign(globalThis, {
  setImmediate: (task: () => void) => setTimeout(task, 0),
  Buffer: {
    compare: (a: Uint8Array, b: Uint8Array) => (a.length === b.length && a.every((byte, i) => byte === b[i]) ? 0 : 1),
  },
})

conformanceSuite(
  targetAt({
    name: 'in a page',
    uri: () => address,
    limitedUri: () => limitedAddress,
    deadLetterQueue: queue(deadLetters),
    ...(wrongAddress === undefined ? {} : { connectWrongly: () => connect(wrongAddress) }),
    ...others,
  }),
  subjects,
)

Object.assign(globalThis, { outcomes: runTests() })
