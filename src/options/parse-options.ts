import { InvalidOptionError } from '../errors.ts'
import { suggestName } from './nearest.ts'
import { integer, Mismatch, number, type Schema } from './schema.ts'

/** The longest time a timer of the platform can hold: 2³¹−1 ms. */
export const LONGEST_DURATION = 0x7fffffff

/** ms, 0 included. */
export const duration: Schema<number> = integer({ min: 0, max: LONGEST_DURATION })

/** A positive integer, of ms or of things. */
export const limit: Schema<number> = integer({ min: 1, max: LONGEST_DURATION })

/** A part of something: 0 to 1. */
export const fraction: Schema<number> = number({ min: 0, max: 1 })

/** A count of tries; −1 for no limit. */
export const tries: Schema<number> = integer({ min: -1, max: LONGEST_DURATION })

/**
 * Runs a schema over options.
 *
 * @param call - the function that was given the options, for the error
 * @param within - the option that holds these, for example `failover`; empty for the call's own
 * @throws InvalidOptionError with the path of the first option that is wrong
 */
export function parseOptions<T>(call: string, schema: Schema<T>, options: unknown, within: readonly string[] = []): T {
  try {
    return schema(options)
  } catch (error) {
    throw error instanceof Mismatch ? invalidOption(call, error, within) : error
  }
}

function invalidOption(
  call: string,
  { message, path, known }: Mismatch,
  within: readonly string[],
): InvalidOptionError {
  const option = [...within, ...path].join('.') || 'options'
  const reason =
    known === undefined
      ? `the option ${option} is wrong: ${message}`
      : `unknown option ${option}; ${suggestName(path.at(-1) ?? '', known)}`
  return new InvalidOptionError(option, `${call}: ${reason}`)
}
