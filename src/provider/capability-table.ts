import { type Capabilities, FEATURES, type Feature, type Support } from './capabilities.ts'

/** All features are native, save those that a table lists. */
export function allBut(lacks: readonly Feature[], emulates: readonly Feature[] = []): Capabilities {
  const support = (feature: Feature): Support =>
    lacks.includes(feature) ? 'unsupported' : emulates.includes(feature) ? 'emulated' : 'native'
  return Object.freeze(Object.fromEntries(FEATURES.map((feature) => [feature, support(feature)]))) as Capabilities
}
