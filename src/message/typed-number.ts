import { MessageFormatError } from '../errors.ts'

/** The numeric types of JMS 3.1 §3.5.4. */
export type NumericType = 'byte' | 'short' | 'int' | 'long' | 'float' | 'double'

/** Marks typed numbers across copies of the package. */
const TYPED_NUMBER: unique symbol = Symbol.for('polymq.typed-number') as never

/** A number with the JMS type it has on the wire; made by {@link byte}, {@link short}, {@link int}, {@link long}, {@link float}, {@link double}. */
export class TypedNumber<Type extends NumericType = NumericType> {
  /** The JMS type it is sent as. */
  readonly type: Type
  /** The number itself; a bigint only where the type is `long`. */
  readonly value: Type extends 'long' ? number | bigint : number

  /** @internal */
  constructor(type: Type, value: Type extends 'long' ? number | bigint : number) {
    this.type = type
    this.value = value
    Object.freeze(this)
  }
}

Object.defineProperty(TypedNumber.prototype, TYPED_NUMBER, { value: true })

/** An 8-bit signed integer. Throws {@link MessageFormatError} outside −128 … 127. */
export function byte(value: number): TypedNumber<'byte'> {
  return new TypedNumber('byte', integerWithin('byte', value, -0x80, 0x7f))
}

/** A 16-bit signed integer. Throws {@link MessageFormatError} outside −32,768 … 32,767. */
export function short(value: number): TypedNumber<'short'> {
  return new TypedNumber('short', integerWithin('short', value, -0x8000, 0x7fff))
}

/** A 32-bit signed integer. Throws {@link MessageFormatError} outside −2³¹ … 2³¹−1. */
export function int(value: number): TypedNumber<'int'> {
  return new TypedNumber('int', integerWithin('int', value, -0x80000000, 0x7fffffff))
}

/** A 64-bit signed integer; give a bigint beyond ±2⁵³. Throws {@link MessageFormatError} when it does not fit or is not integral. */
export function long(value: number | bigint): TypedNumber<'long'> {
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) !== value) throw new MessageFormatError(`${value} does not fit a 64-bit long`)
    return new TypedNumber('long', value)
  }
  if (!Number.isSafeInteger(value)) {
    throw new MessageFormatError(`${value} is not an exact integer; give a long beyond ±2^53 as a bigint`)
  }
  return new TypedNumber('long', value)
}

/** A 32-bit floating-point number; the value is rounded to the nearest one. */
export function float(value: number): TypedNumber<'float'> {
  return new TypedNumber('float', Math.fround(numberOf('float', value)))
}

/** A 64-bit floating-point number, also when its value is integral. */
export function double(value: number): TypedNumber<'double'> {
  return new TypedNumber('double', numberOf('double', value))
}

/** The JMS type a plain number takes: int when it fits, long when it is integral, else double. */
export function inferNumericType(value: number | bigint): NumericType {
  if (typeof value === 'bigint') return 'long'
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) return 'double'
  return value >= -0x80000000 && value <= 0x7fffffff ? 'int' : 'long'
}

function integerWithin(type: NumericType, value: number, lowest: number, highest: number): number {
  if (!Number.isInteger(value) || value < lowest || value > highest) {
    throw new MessageFormatError(`${String(value)} is not a ${type}: give an integer from ${lowest} to ${highest}`)
  }
  return value
}

function numberOf(type: NumericType, value: number): number {
  if (typeof value !== 'number') throw new MessageFormatError(`${String(value)} is not a ${type}: give a number`)
  return value
}

/** @internal Whether the value was made by {@link byte} … {@link double}, by this or another copy of the package. */
export function isTypedNumber(value: unknown): value is TypedNumber {
  return typeof value === 'object' && value !== null && TYPED_NUMBER in value
}
