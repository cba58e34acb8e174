import { type InspectOptions, inspect } from 'node:util'

const all: InspectOptions = { depth: null, showHidden: true, maxArrayLength: null, maxStringLength: null }

/** All that printing a value shows: by `console.log`, with everything hidden in it, and as JSON. */
export function printed(value: unknown): string {
  return [inspect(value), inspect(value, all), value instanceof Error ? '' : JSON.stringify(value)].join('\n')
}

/** The same, and what its getters give. */
export function printedWithGetters(value: unknown): string {
  return inspect(value, { ...all, getters: true })
}
