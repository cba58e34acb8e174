import { type Capabilities, FEATURES } from '../../provider/capabilities.ts'

/** The embedded broker has every feature of its own: it is the yardstick that the other brokers are measured by. */
export const MEMORY_CAPABILITIES: Capabilities = Object.freeze(
  Object.fromEntries(FEATURES.map((feature) => [feature, 'native'])),
) as Capabilities
