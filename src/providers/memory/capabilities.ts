import { allBut, type Capabilities } from '../../provider/capabilities.ts'

/** The embedded broker has every feature of its own: it is the yardstick that the other brokers are measured by. */
export const MEMORY_CAPABILITIES: Capabilities = allBut([])
