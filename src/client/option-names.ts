import { InvalidOptionError } from '../errors.ts'
import { suggestName } from '../options/nearest.ts'
import { LONGEST_DURATION } from '../options/parse-options.ts'

/**
 * Makes sure that a call got no option that it does not know: one that is misspelt would be ignored without a word.
 *
 * @throws InvalidOptionError naming the option, and the nearest known one
 */
export function checkOptionNames(call: string, options: object, known: ReadonlySet<string>): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', `${call}: the options must be an object`)
  }
  for (const name in options) {
    if (!known.has(name)) {
      throw new InvalidOptionError(name, `${call}: unknown option ${name}; ${suggestName(name, known)}`)
    }
  }
}

/**
 * Makes sure that a number of ms is one that a timer of the platform can hold: one set for longer fires at once.
 *
 * @throws InvalidOptionError naming the option
 */
export function checkDuration(call: string, name: string, value: number, least = 0): void {
  if (Number.isInteger(value) && value >= least && value <= LONGEST_DURATION) return
  throw new InvalidOptionError(
    name,
    `${call}: ${name} is an integer of ms from ${least} to ${LONGEST_DURATION}, not ${String(value)}`,
  )
}
