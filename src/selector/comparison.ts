import { numberOf, type OperandValue, type Truth } from './values.ts'

/** The comparison operators of JMS 3.1 §3.8.1.1. */
export type ComparisonOperator = '=' | '<>' | '<' | '<=' | '>' | '>='

/** Both numbers are of one JavaScript type, or both are ordered by value; `=` and `<>` rely on the former. */
export type NumberTest = (left: number | bigint, right: number | bigint) => boolean

/** What each operator asks of two numbers. */
export const NUMBER_TESTS: Readonly<Record<ComparisonOperator, NumberTest>> = {
  '=': (l, r) => l === r,
  '<>': (l, r) => l !== r,
  '<': (l, r) => l < r,
  '<=': (l, r) => l <= r,
  '>': (l, r) => l > r,
  '>=': (l, r) => l >= r,
}

/**
 * Compares two values (JMS 3.1 §3.8.1.1): unknown when either is NULL, false when they are not of like type, whatever the
 * operator. Strings and booleans know only `=` and `<>`; an exact and an approximate number are compared as doubles.
 */
export function compare(operator: ComparisonOperator, left: OperandValue, right: OperandValue): Truth {
  if (left === undefined || right === undefined) return undefined
  if (typeof left === 'string' || typeof left === 'boolean') {
    if (typeof left !== typeof right) return false
    if (operator === '=') return left === right
    return operator === '<>' && left !== right
  }
  return compareNumbers(NUMBER_TESTS[operator], left, right)
}

/** Compares two values of which at least one should be a number; false when the other is none. */
export function compareNumbers(test: NumberTest, left: OperandValue, right: OperandValue): Truth {
  if (left === undefined || right === undefined) return undefined
  const l = numberOf(left)
  const r = numberOf(right)
  if (l === undefined || r === undefined) return false
  // A number beside a bigint is a double, or an exact one too small to be rounded: both compare rightly as doubles.
  return typeof l === typeof r ? test(l, r) : test(Number(l), Number(r))
}

/** JMS 3.1 §3.8.1.2, table 3-6. */
export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth
}

/** JMS 3.1 §3.8.1.2, table 3-4. */
export function and(left: Truth, right: Truth): Truth {
  if (left === false || right === false) return false
  return left === undefined || right === undefined ? undefined : true
}
