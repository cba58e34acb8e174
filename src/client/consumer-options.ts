import { InvalidOptionError } from '../errors.ts'
import { type BodySchema, holdsControlCharacter } from '../message/destination.ts'
import { MAXIMUM_PREFETCH } from '../options/connect-options.ts'
import { part } from '../part.ts'
import type { ConsumerOptions } from './api.ts'
import { checkOptionNames } from './option-names.ts'

const selectors = part('selectors', () => import('../selector/format.ts'))

/** Consumer options with nothing left open that has a default. */
export interface ResolvedConsumerOptions<T> {
  /** As it was given. */
  readonly selector: string | undefined
  readonly noLocal: boolean
  readonly prefetch: number | undefined
  readonly schema: BodySchema<T> | undefined
  /** 0 for none. */
  readonly duplicateWindow: number
}

const KNOWN: ReadonlySet<string> = new Set(['selector', 'noLocal', 'prefetch', 'schema', 'duplicateWindow'])

/** Most message ids that a consumer may remember. */
const MAXIMUM_DUPLICATE_WINDOW = 1_000_000

/**
 * Checks the options of a consumer.
 *
 * @throws InvalidOptionError naming the option
 */
export function checkConsumerOptions<T>(options: ConsumerOptions<T> = {}): ResolvedConsumerOptions<T> {
  checkOptionNames('createConsumer', options, KNOWN)
  const { noLocal = false, prefetch, schema, duplicateWindow = 0 } = options
  if (typeof noLocal !== 'boolean') throw new InvalidOptionError('noLocal', 'createConsumer: noLocal is true or false')
  if (prefetch !== undefined) checkCount('prefetch', prefetch, MAXIMUM_PREFETCH)
  checkCount('duplicateWindow', duplicateWindow, MAXIMUM_DUPLICATE_WINDOW)
  return { selector: options.selector, noLocal, prefetch, schema, duplicateWindow }
}

function checkCount(option: string, value: number, maximum: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= maximum) return
  throw new InvalidOptionError(
    option,
    `createConsumer: ${option} is an integer from 0 to ${maximum}, not ${String(value)}`,
  )
}

/**
 * Checks a selector and gives the form that every broker reads as JMS means it; undefined for a blank one.
 *
 * @throws InvalidSelectorError pointing at the column
 */
export async function checkSelector(selector: string): Promise<string | undefined> {
  if (typeof selector !== 'string') throw new InvalidOptionError('selector', 'a selector is a string')
  const normalized = await selectors(({ normalizeSelector }) => normalizeSelector(selector))
  return normalized === '' ? undefined : normalized
}

/** Checks the name of a subscription. */
export function checkName(name: string): string {
  if (typeof name === 'string' && name.length > 0 && name.length <= 128 && !holdsControlCharacter(name)) return name
  throw new InvalidOptionError(
    'name',
    'the name of a subscription is a string of 1 to 128 characters without control characters',
  )
}
