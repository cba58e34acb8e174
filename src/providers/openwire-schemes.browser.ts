import type { RegisteredScheme } from './registry.ts'

/** A page has WebSockets only, over which no broker has OpenWire. */
export const OPENWIRE_SCHEMES: readonly (readonly [string, RegisteredScheme])[] = []

/** So there are no options of it either. */
export function withJavaOptions<Target>(target: Target): Target {
  return target
}
