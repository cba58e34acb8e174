import { type Capabilities, FEATURES, type Feature } from '../../provider/capabilities.ts'
import { allBut } from '../../provider/capability-table.ts'

/**
 * What each broker can do over STOMP stands in a table of its own, which is loaded with what else is known of it:
 * activemq-capabilities.ts and its like. All that a table leaves out is native.
 */

/** Text is all that headers carry; another polymq client gets the types of properties back. */
export const EMULATED: readonly Feature[] = ['typedProperties']

/** Of a connection that is not open. */
export const NONE: Capabilities = allBut(FEATURES)
