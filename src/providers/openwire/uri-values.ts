import { InvalidOptionError } from '../../errors.ts'

/** Most that an `int` of Java holds. */
export const LARGEST_INT: number = 2 ** 31 - 1

/**
 * An integer among the options of a URI; undefined where it is not there.
 *
 * @throws InvalidOptionError
 */
export function number(options: URLSearchParams, name: string, least: number, most: number): number | undefined {
  const text = options.get(name)
  if (text === null) return undefined
  const value = /^-?\d{1,10}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new InvalidOptionError(name, `${name}=${text} is no whole number from ${least} to ${most}`)
}

/**
 * A number of 0 or more that need not be whole.
 *
 * @throws InvalidOptionError
 */
export function decimal(options: URLSearchParams, name: string, otherwise: number): number {
  const text = options.get(name)
  if (text === null) return otherwise
  if (/^\d{1,10}(\.\d{1,10})?$/.test(text)) return Number(text)
  throw new InvalidOptionError(name, `${name}=${text} is no number, such as 2 or 1.5`)
}

/** @throws InvalidOptionError */
export function truth(options: URLSearchParams, name: string, otherwise: boolean): boolean {
  const text = options.get(name)
  if (text === null) return otherwise
  if (text === 'true' || text === 'false') return text === 'true'
  throw new InvalidOptionError(name, `${name}=${text} is neither true nor false`)
}
