import { approximate, exact, INCOMPARABLE, isExact, numberOf, type OperandValue, type TypedValue } from './values.ts'

/** The binary operators of JMS 3.1 §3.8.1.1. */
export type ArithmeticOperator = '+' | '-' | '*' | '/'

/** The same operation on the three kinds of number that Java numeric promotion leads to. */
interface Operation {
  readonly doubles: (left: number, right: number) => number
  /** On safe integers; a result that is none is worked out again as longs. */
  readonly integers: (left: number, right: number) => number
  readonly longs: (left: bigint, right: bigint) => bigint
}

const OPERATIONS: Readonly<Record<ArithmeticOperator, Operation>> = {
  '+': { doubles: (l, r) => l + r, integers: (l, r) => l + r, longs: (l, r) => l + r },
  '-': { doubles: (l, r) => l - r, integers: (l, r) => l - r, longs: (l, r) => l - r },
  '*': { doubles: (l, r) => l * r, integers: (l, r) => l * r, longs: (l, r) => l * r },
  '/': { doubles: (l, r) => l / r, integers: (l, r) => Math.trunc(l / r), longs: (l, r) => l / r },
}

/**
 * Works an operator out by Java numeric promotion (JMS 3.1 §3.8.1.1).
 *
 * Two exact values give a 64-bit integer that wraps around, and a quotient truncated toward zero; an approximate value on
 * either side makes it a double. NULL on either side, or an exact division by zero, gives NULL: Java would throw there,
 * and a message must not be able to make its own selection fail.
 */
export function calculate(operator: ArithmeticOperator, left: OperandValue, right: OperandValue): OperandValue {
  if (left === undefined || right === undefined) return undefined
  const l = numberOf(left)
  const r = numberOf(right)
  if (l === undefined || r === undefined) return INCOMPARABLE
  const operation = OPERATIONS[operator]
  if (!isExact(left) || !isExact(right)) return approximate(operation.doubles(Number(l), Number(r)))
  if (operator === '/' && Number(r) === 0) return undefined
  return calculateExact(operation, l, r)
}

/** Unary plus or minus. */
export function applySign(sign: '+' | '-', operand: OperandValue): OperandValue {
  if (operand === undefined) return undefined
  if (typeof operand === 'string' || typeof operand === 'boolean' || operand === INCOMPARABLE) return INCOMPARABLE
  if (sign === '+') return operand
  return negate(operand)
}

/** The negative of a number; the least long is its own, as in Java. */
export function negate(operand: number | bigint | TypedValue): number | bigint | TypedValue {
  const value = typeof operand === 'object' ? operand.value : operand
  if (!isExact(operand)) return approximate(-Number(value))
  return typeof value === 'bigint' ? exact(-value) : 0 - value
}

function calculateExact(operation: Operation, left: number | bigint, right: number | bigint): number | bigint {
  if (typeof left === 'number' && typeof right === 'number') {
    const result = operation.integers(left, right)
    // Adding zero turns the -0 of 0 * -1 into the 0 of Java's long.
    if (Number.isSafeInteger(result)) return result + 0
  }
  return exact(operation.longs(BigInt(left), BigInt(right)))
}
