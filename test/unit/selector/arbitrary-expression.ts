import fc from 'fast-check'
import { approximate, type Expression, type Identifier, type SelectorValue } from '../../../src/selector/index.ts'

const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='] as const
const NAMES = ['a', 'b', 'c', 'd', 'missing', 'JMSType', '$x_1', 'größe']

const text = fc.string({ unit: fc.constantFrom('a', 'b', "'", '_', '%', '\\', '-', '😀', '\n', ' '), maxLength: 6 })
const double = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1, 7, -3, 2.5, 1e300, 2 ** 53, 2 ** 63),
)
const long = fc
  .oneof(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), fc.bigInt({ min: -5n, max: 5n }))
  .map(narrow)

/** Values that a literal can have. */
const numeral: fc.Arbitrary<SelectorValue> = fc.oneof(long, double.map(approximate))

/** Values that a property can have, with the same numbers as literals so that they meet. */
export const property: fc.Arbitrary<SelectorValue | undefined> = fc.oneof(
  text,
  numeral,
  fc.boolean(),
  fc.constant(undefined),
  fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
)

/** Headers and properties of a message. */
export const message: fc.Arbitrary<Readonly<Record<string, SelectorValue | undefined>>> = fc.record(
  Object.fromEntries(NAMES.map((name) => [name, name === 'missing' ? fc.constant(undefined) : property])),
)

const identifier: fc.Arbitrary<Identifier> = fc.constantFrom(...NAMES).map((name) => ({ kind: 'identifier', name }))
const numberLiteral: fc.Arbitrary<Expression> = numeral.map((value) => ({ kind: 'literal', value }))
const booleanLiteral: fc.Arbitrary<Expression> = fc.boolean().map((value) => ({ kind: 'literal', value }))
const stringLiteral: fc.Arbitrary<Expression> = text.map((value) => ({ kind: 'literal', value }))

const { condition } = fc.letrec<{ condition: Expression; number: Expression }>((tie) => ({
  number: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    identifier,
    numberLiteral,
    fc.record({ kind: fc.constant('sign' as const), sign: fc.constantFrom('+', '-'), operand: tie('number') }),
    fc.record({
      kind: fc.constant('arithmetic' as const),
      operator: fc.constantFrom('+', '-', '*', '/'),
      left: tie('number'),
      right: tie('number'),
    }),
  ),
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    identifier,
    booleanLiteral,
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom(...COMPARISONS),
      left: tie('number'),
      right: tie('number'),
    }),
    fc.record({
      kind: fc.constant('comparison' as const),
      operator: fc.constantFrom('=', '<>'),
      left: fc.oneof(identifier, stringLiteral, tie('condition')),
      right: fc.oneof(identifier, stringLiteral, tie('number'), tie('condition')),
    }),
    fc.record({
      kind: fc.constant('between' as const),
      negated: fc.boolean(),
      value: tie('number'),
      low: tie('number'),
      high: tie('number'),
    }),
    fc.record({
      kind: fc.constant('in' as const),
      negated: fc.boolean(),
      operand: identifier,
      values: fc.array(text, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      kind: fc.constant('like' as const),
      negated: fc.boolean(),
      operand: identifier,
      pattern: text,
      escape: fc.constant(undefined),
    }),
    fc.record({ kind: fc.constant('null' as const), negated: fc.boolean(), operand: identifier }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('condition') }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      operands: fc.array(tie('condition'), { minLength: 2, maxLength: 4 }),
    }),
  ),
}))

/** A selector as the parser could have made it. */
export const expression: fc.Arbitrary<Expression> = condition

function narrow(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}
