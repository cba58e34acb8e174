import type { NumericType } from '../message/typed-number.ts'

/** A number whose JMS type is told; every `TypedNumber` is one. */
export interface TypedValue {
  readonly type: NumericType
  readonly value: number | bigint
}

/**
 * The value of a header field or property in a selector (JMS 3.1 §3.8.1.1).
 *
 * A bigint, or a number that is a safe integer, is exact (Java `long`); any other number is approximate (Java `double`).
 * A property that was set as a double or float is approximate also when it is integral: give {@link approximate}
 * of it, or the `TypedNumber` itself.
 */
export type SelectorValue = boolean | number | bigint | string | TypedValue

/**
 * Gives the value of a header field or property by its name, undefined or null when the message has none.
 * For JMSDeliveryMode that is `'PERSISTENT'` or `'NON_PERSISTENT'` (JMS 3.1 §3.8.1.3).
 */
export type SelectorLookup = (name: string) => SelectorValue | null | undefined

/** What arithmetic on a string or boolean gives: not like any other value, so that every comparison with it is false. */
export const INCOMPARABLE: unique symbol = Symbol('incomparable')

/** What an operand evaluates to; undefined is NULL. */
export type OperandValue = SelectorValue | typeof INCOMPARABLE | undefined

/** Whether the whole of a comparison is true, false, or unknown (undefined), JMS 3.1 §3.8.1.2. */
export type Truth = boolean | undefined

/**
 * A double as a {@link SelectorValue}. Only an integral one needs the mark that sets it apart from a long, so that
 * `approximate(7) / 2` is 3.5 while `7 / 2` is 3.
 *
 * @example
 * ```ts
 * selector.matches((name) => (name === 'weight' ? approximate(7) : undefined))
 * ```
 */
export function approximate(value: number): number | TypedValue {
  return isExactNumber(value) ? { type: 'double', value } : value
}

/** Whether a plain number stands for a Java long; -0 exists only as a double. */
export function isExactNumber(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0)
}

/** Whether a numeric value is a Java long rather than a double. */
export function isExact(value: OperandValue): boolean {
  if (typeof value === 'number') return isExactNumber(value)
  if (typeof value === 'object') return value.type !== 'double' && value.type !== 'float'
  return typeof value === 'bigint'
}

/** The bare number, or undefined when the value is none. */
export function numberOf(value: OperandValue): number | bigint | undefined {
  if (typeof value === 'number' || typeof value === 'bigint') return value
  return typeof value === 'object' ? value.value : undefined
}

/** A 64-bit integer in the form the rest of the evaluator expects: a number where that is exact, wrapped like a Java long. */
export function exact(value: bigint): number | bigint {
  const long = BigInt.asIntN(64, value)
  const number = Number(long)
  return Number.isSafeInteger(number) ? number : long
}
