import type { Capabilities } from '../../provider/capabilities.ts'
import { ACTIVEMQ_CAPABILITIES, ARTEMIS_CAPABILITIES } from './capabilities.ts'
import type { Structure } from './codec/types.ts'
import type { OpenWireConnection } from './connection.ts'

/** What is known of the broker from what it said of itself. */
export interface BrokerProfile {
  readonly broker: 'activemq' | 'artemis'
  readonly product: string | undefined
  readonly version: string | undefined
  readonly capabilities: Capabilities
  /** ms after which a pull ends that is to go on for ever, 0 for that. Artemis answers one of 0 at once. */
  readonly longestPull: number
  /** Whether a pull that was answered by nothing goes on all the same. */
  readonly keepsPulls: boolean
  /** Whether a connection stays, with its consumers, when another one comes for it. */
  readonly keepsFormer: boolean
  /** Whether messages may have ids of any form. Artemis stores those that end in no number, and fails to deliver them. */
  readonly takesAnyId: boolean
  /**
   * Whether the broker, when it ends, confirms the command that it is at, and may then not carry it out: Artemis does
   * (OpenWireConnection.disconnect, "sendCommand the last response if any").
   */
  readonly confirmsEarly: boolean
}

const LONGEST_PULL = 3_600_000

/** The ids of Artemis' nodes are such; ActiveMQ's begin with `ID:`. */
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** How errors name the broker. */
export function peerName({ product = 'the broker', version }: BrokerProfile, endpoint: string): string {
  return `${version === undefined ? product : `${product} ${version}`} at ${endpoint}`
}

/** Recognises the broker. Artemis calls itself ActiveMQ here, of the version that its OpenWire is taken from. */
export function profileOf({ agreement, broker }: OpenWireConnection): BrokerProfile {
  const { product, productVersion } = agreement
  const { value } = (broker?.brokerId ?? {}) as Partial<Structure>
  if (typeof value === 'string' && UUID.test(value)) {
    return {
      ...{ broker: 'artemis', product: 'ActiveMQ-Artemis', version: undefined, capabilities: ARTEMIS_CAPABILITIES },
      ...{ longestPull: LONGEST_PULL, keepsPulls: true, keepsFormer: true, takesAnyId: false },
      confirmsEarly: true,
    }
  }
  return {
    ...{ broker: 'activemq', product, version: productVersion, capabilities: ACTIVEMQ_CAPABILITIES },
    ...{ longestPull: 0, keepsPulls: false, keepsFormer: false, takesAnyId: true },
    confirmsEarly: false,
  }
}
