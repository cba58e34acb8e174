import type { InvalidSelectorError } from '../errors.ts'
import { selectorError } from './syntax-error.ts'
import { approximate, exact, type TypedValue } from './values.ts'

/** A numeric literal: its value, and the text it was written as. */
export interface Numeral {
  readonly text: string
  readonly value: number | bigint | TypedValue
}

const DIGITS = '[0-9](?:[0-9_]*[0-9])?'
const HEX_DIGITS = '[0-9a-fA-F](?:[0-9a-fA-F_]*[0-9a-fA-F])?'
const EXPONENT = `[eE][+-]?${DIGITS}`

// Java SE §3.10.2: a fraction, an exponent or a type suffix makes a literal floating-point.
const HEX_FLOAT = new RegExp(`0[xX](${HEX_DIGITS})?(?:\\.(${HEX_DIGITS})?)?[pP]([+-]?${DIGITS})[dDfF]?`, 'y')
const FLOAT = new RegExp(
  `(?:${DIGITS}\\.(?:${DIGITS})?|\\.${DIGITS})(?:${EXPONENT})?[dDfF]?|${DIGITS}${EXPONENT}[dDfF]?|${DIGITS}[dDfF]`,
  'y',
)
// Java SE §3.10.1
const INTEGER = new RegExp(`(?:0[xX]${HEX_DIGITS}|0[bB][01](?:[01_]*[01])?|${DIGITS})[lL]?`, 'y')

/** What may not follow a number without a space between. */
const WORD = /[\p{L}\p{Nd}_$.]+/uy

/** The magnitude of the least long, which no positive literal may have. */
export const LEAST_LONG_MAGNITUDE: bigint = 2n ** 63n

/**
 * Reads the numeric literal at an offset, in the syntax of Java (JMS 3.1 §3.8.1.1): decimal, `0x` hexadecimal, `0` octal
 * and `0b` binary integers, and floating-point numbers with a point, an exponent, or the suffix `d` or `f`.
 *
 * An integer is a long with or without the suffix `L`; a hexadecimal, octal or binary one may set its 64th bit and is
 * then negative, as in Java.
 *
 * @throws {@link InvalidSelectorError} when the literal is malformed or out of range
 */
export function readNumeral(selector: string, offset: number): Numeral {
  const numeral = hexadecimalFloat(selector, offset) ?? float(selector, offset) ?? integer(selector, offset)
  const end = offset + (numeral?.text.length ?? 0)
  const rest = matchAt(WORD, selector, end)
  if (numeral === undefined || rest !== undefined) {
    throw selectorError(
      selector,
      offset,
      `"${shorten(selector.slice(offset, end) + (rest?.[0] ?? ''))}" is not a number`,
    )
  }
  return numeral
}

function hexadecimalFloat(selector: string, offset: number): Numeral | undefined {
  const match = matchAt(HEX_FLOAT, selector, offset)
  if (match === undefined) return undefined
  const [text, whole = '', fraction = '', exponent = '0'] = match.map((part) => part?.replaceAll('_', ''))
  if (whole === '' && fraction === '') return undefined
  // The bits as one integer are rounded once; the scaling by a power of two is exact.
  const bits = Number(BigInt(`0x${whole}${fraction}`))
  return double(selector, offset, match[0], scaled(bits, Number(exponent) - 4 * fraction.length), text ?? '')
}

/** In two steps, as 2 ** -1074 is the least power that exists and 2 ** 1023 the greatest. */
function scaled(value: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return value === 0 ? 0 : value * 2 ** half * 2 ** (exponent - half)
}

function float(selector: string, offset: number): Numeral | undefined {
  const match = matchAt(FLOAT, selector, offset)
  if (match === undefined) return undefined
  const text = match[0].replaceAll('_', '')
  return double(selector, offset, match[0], Number(text.replace(/[dDfF]$/, '')), text)
}

function double(selector: string, offset: number, text: string, value: number, suffixed: string): Numeral {
  const rounded = /[fF]$/.test(suffixed) ? Math.fround(value) : value
  if (!Number.isFinite(rounded)) throw outOfRange(selector, offset, text, 'double')
  return { text, value: approximate(rounded) }
}

function integer(selector: string, offset: number): Numeral | undefined {
  const text = matchAt(INTEGER, selector, offset)?.[0]
  if (text === undefined) return undefined
  const digits = text.replace(/[lL]$/, '').replaceAll('_', '')
  if (/^0[0-9]*[89]/.test(digits)) {
    throw selectorError(selector, offset, `"${shorten(text)}" is not a number: a leading 0 makes it octal`)
  }
  const isDecimal = digits === '0' || !digits.startsWith('0')
  const value = BigInt(/^0[0-9]/.test(digits) ? `0o${digits.slice(1)}` : digits)
  if (value > (isDecimal ? LEAST_LONG_MAGNITUDE : 2n ** 64n - 1n)) throw outOfRange(selector, offset, text, 'long')
  return { text, value: isDecimal && value === LEAST_LONG_MAGNITUDE ? value : exact(value) }
}

/** The error for a number that its Java type cannot hold. */
export function outOfRange(
  selector: string,
  offset: number,
  text: string,
  type: 'long' | 'double',
): InvalidSelectorError {
  return selectorError(selector, offset, `the number ${shorten(text)} is out of the range of a Java ${type}`)
}

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text) ?? undefined
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text
}
