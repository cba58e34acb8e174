import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidSelectorError } from '../../../src/errors.ts'
import {
  compileSelector,
  MAX_SELECTOR_DEPTH,
  MAX_SELECTOR_LENGTH,
  parseSelector,
  type SelectorValue,
} from '../../../src/selector/index.ts'

function literal(text: string): SelectorValue | undefined {
  const tree = parseSelector(`x = ${text}`)
  if (tree?.kind !== 'comparison' || tree.right.kind !== 'literal') return undefined
  return tree.right.value
}

function failure(text: string): InvalidSelectorError {
  try {
    compileSelector(text)
  } catch (error) {
    if (error instanceof InvalidSelectorError) return error
    throw error
  }
  throw new Error(`${text} was accepted`)
}

const double = (value: number): SelectorValue => ({ type: 'double', value })

describe('literals', () => {
  it.each<[string, SelectorValue]>([
    ['0', 0],
    ['57', 57],
    ['-957', -957],
    ['+62', 62],
    ['57L', 57],
    ['57l', 57],
    ['1_000_000', 1_000_000],
    ['017', 15],
    ['0_17', 15],
    ['00', 0],
    ['0x1F', 31],
    ['0Xffl', 255],
    ['0xFFFFFFFF', 4_294_967_295],
    ['0xFFFFFFFFFFFFFFFF', -1],
    ['0x8000000000000000', -(2n ** 63n)],
    ['01777777777777777777777', -1],
    ['0b1010', 10],
    ['0B11L', 3],
    ['9007199254740993', 9007199254740993n],
    ['9223372036854775807', 2n ** 63n - 1n],
    ['-9223372036854775808', -(2n ** 63n)],
    ['- 9223372036854775808L', -(2n ** 63n)],
    ['7E3', double(7000)],
    ['-57.9E2', double(-5790)],
    ['7.', double(7)],
    ['-95.7', -95.7],
    ['+6.2', 6.2],
    ['.5', 0.5],
    ['5.e1', double(50)],
    ['1e-3', 0.001],
    ['7d', double(7)],
    ['7D', double(7)],
    ['7f', double(7)],
    ['1.1F', Math.fround(1.1)],
    ['09.5', 9.5],
    ['-0.0', -0],
    ['0x1.8p1', double(3)],
    ['0x.8P0', 0.5],
    ['0x1p-1074', Number.MIN_VALUE],
    ["'literal'", 'literal'],
    ["'literal''s'", "literal's"],
    ["''", ''],
    ["''''", "'"],
    ["'NOT -- /* \n'", 'NOT -- /* \n'],
    ['TRUE', true],
    ['false', false],
  ])('%s is read as Java reads it', (text, value) => {
    expect(literal(text)).toStrictEqual(value)
  })

  it.each([
    ['a = 08', 5, '"08" is not a number: a leading 0 makes it octal'],
    ['a = 0x', 5, '"0x" is not a number'],
    ['a = 1x', 5, '"1x" is not a number'],
    ['a = 1.2.3', 5, '"1.2.3" is not a number'],
    ['a = 1_', 5, '"1_" is not a number'],
    ['a = 0b12', 5, '"0b12" is not a number'],
    ['a = 1e', 5, '"1e" is not a number'],
    ['a = 9223372036854775808', 5, 'the number 9223372036854775808 is out of the range of a Java long'],
    ['a = -9223372036854775809', 6, 'the number 9223372036854775809 is out of the range of a Java long'],
    ['a = 0x10000000000000000', 5, 'the number 0x10000000000000000 is out of the range of a Java long'],
    ['a = 1e309', 5, 'the number 1e309 is out of the range of a Java double'],
    ['a = 1e39f', 5, 'the number 1e39f is out of the range of a Java double'],
    ["a = 'x''y", 5, 'the string is not closed: expected "\'" but found end of selector'],
  ])('%s is refused at column %i', (text, column, problem) => {
    expect(failure(text).message.split('\n')[0]).toBe(`${problem} at column ${column}`)
  })
})

describe('names', () => {
  it.each([
    'a',
    '_',
    '$',
    '_a$1',
    'größe',
    'имя',
    '名前',
    '𝒳',
    '€',
    'x́',
    'ın',
    'Nullx',
    'andy',
    'JMSXGroupID',
    'JMS_vendor',
    'jmsType',
    'JMSPriority',
    'JMSCorrelationID',
  ])('%s is a name', (name) => {
    expect(parseSelector(`${name} IS NULL`)).toEqual({
      kind: 'null',
      negated: false,
      operand: { kind: 'identifier', name },
    })
  })

  it.each(['NULL', 'true', 'False', 'NOT', 'and', 'OR', 'Between', 'LIKE', 'IN', 'IS', 'ESCAPE'])(
    '%s is not a name',
    (name) => {
      expect(() => compileSelector(`${name} IS NULL`)).toThrow(InvalidSelectorError)
    },
  )

  it.each(['JMSDestination', 'JMSReplyTo', 'JMSExpiration', 'JMSRedelivered', 'JMSDeliveryTime', 'JMS', 'JMStype'])(
    '%s cannot be read by a selector',
    (name) => {
      expect(failure(`a = 1 AND ${name} = 1`)).toMatchObject({
        column: 11,
        message: expect.stringContaining(
          `a selector cannot read "${name}" (the headers it can read are JMSDeliveryMode,`,
        ),
      })
    },
  )
})

describe('keywords and whitespace', () => {
  it('keywords are read in any case, and all Java whitespace separates', () => {
    expect(parseSelector("not\ta\nBetween\f1\rAnd 2 oR b Like'x'escape'\\'")).toEqual(
      parseSelector("NOT a BETWEEN 1 AND 2 OR b LIKE 'x' ESCAPE '\\'"),
    )
  })

  it('a chain of thousands of conditions is fine', () => {
    const text = Array.from({ length: 4000 }, (_, i) => `a = ${i}`).join(' OR ')
    expect(compileSelector(text).matches(() => 3999)).toBe(true)
  })
})

describe('an error', () => {
  it.each([
    ['color =', 8, 'expected a value after "=" but found end of selector'],
    ['= 1', 1, 'expected a value at the start but found "="'],
    ['a = 1 b', 7, 'expected an operator or the end of the selector but found "b"'],
    ["a 'x'", 3, "expected an operator or the end of the selector but found the string 'x'"],
    ['a = 1)', 6, 'expected an operator or the end of the selector but found ")"'],
    ['(a = 1', 7, 'expected an operator, or ")" for the "(" of column 1, but found end of selector'],
    ['a AND', 6, 'expected a value after "AND" but found end of selector'],
    ['a = AND b', 5, 'expected a value after "=" but found "AND"'],
    ['a = NULL', 5, 'NULL is not a value (write "name IS NULL")'],
    ['a = NOT b', 5, 'expected a value but found "NOT" (put it and its operand in parentheses)'],
    ['a = b = c', 7, 'comparisons do not chain (join two with AND, or put one in parentheses)'],
    ['1 < a < 3', 7, 'comparisons do not chain (join two with AND, or put one in parentheses)'],
    ['a NOT = 1', 7, 'expected BETWEEN, IN or LIKE after "NOT" but found "="'],
    ['a IS 1', 6, 'expected NULL or NOT NULL after "IS" but found the number 1'],
    ['a IS NOT', 9, 'expected NULL after "IS NOT" but found end of selector'],
    ['a BETWEEN 1 OR 2', 13, 'expected AND between the two bounds of BETWEEN but found "OR"'],
    ['a IN 1', 6, 'expected "(" after "IN" but found the number 1'],
    ['a IN ()', 7, 'expected a string in single quotes in the list of IN but found ")"'],
    ["a IN ('x', 1)", 12, 'expected a string in single quotes in the list of IN but found the number 1'],
    ["a IN ('x' 'y')", 11, 'expected "," or ")" in the list of IN but found the string \'y\''],
    ['a LIKE b', 8, 'expected a string in single quotes as the pattern of LIKE but found "b"'],
    ["a LIKE 'x' ESCAPE", 18, 'expected a string in single quotes after "ESCAPE" but found end of selector'],
    ["a LIKE 'x' ESCAPE 'yz'", 8, 'ESCAPE takes a string of exactly one character'],
    ['a != 1', 3, 'unexpected != (write "<>" for inequality)'],
    ['a == 1', 3, 'unexpected == (write "=" for equality)'],
    ['a = "x"', 5, 'unexpected " (a string stands in single quotes)'],
    ['a && b', 3, 'unexpected && (write AND)'],
    ['a % 2 = 0', 3, 'unexpected % (a selector has no remainder operator)'],
    ['a = #', 5, 'unexpected character "#"'],
    ['a = \u0000', 5, 'unexpected character U+0000'],
    ['a = \ud83d', 5, 'unexpected character U+D83D'],
    ['a.b = 1', 2, 'unexpected character "."'],
  ])('in %j points at column %i', (text, column, problem) => {
    const error = failure(text)
    expect(error.message.split('\n')[0]).toBe(`${problem} at column ${column}`)
    expect(error).toMatchObject({ column, selector: text, code: 'ERR_INVALID_SELECTOR' })
  })

  it.each([
    ["'a' AND TRUE", 1, 'expected a condition before AND but found a string'],
    ['a AND 1', 7, 'expected a condition after AND but found a number'],
    ['a OR (b + 1)', 6, 'expected a condition after OR but found a number'],
    ['NOT 1', 5, 'expected a condition after NOT but found a number'],
    ['1 + 2', 1, 'expected a condition as the selector but found a number'],
    ["'abc'", 1, 'expected a condition as the selector but found a string'],
    ["'a' + 1 = 2", 1, 'expected a number before "+" but found a string'],
    ['1 * TRUE = 2', 5, 'expected a number after "*" but found a condition'],
    ["-'a' = 2", 2, 'expected a number after "-" but found a string'],
    ["a > 'x'", 5, 'expected a number after ">" but found a string'],
    ['TRUE < a', 1, 'expected a number before "<" but found a condition'],
    ["a BETWEEN 'a' AND 'b'", 11, 'expected a number after BETWEEN but found a string'],
    ["5 LIKE 'x'", 1, 'expected the name of a property or header before LIKE but found a number'],
    ["'x' IN ('x')", 1, 'expected the name of a property or header before IN but found a string'],
    ['(a + 1) IS NULL', 1, 'expected the name of a property or header before IS but found a number'],
    ['(a = 1) + 1 = 2', 1, 'expected a number before "+" but found a condition'],
  ])('is found without a message when types cannot fit: %s', (text, column, problem) => {
    expect(failure(text).message.split('\n')[0]).toBe(`${problem} at column ${column}`)
  })

  it('shows the place with a caret', () => {
    expect(failure('color =').message).toBe(
      ['expected a value after "=" but found end of selector at column 8', '  color =', '         ^'].join('\n'),
    )
    expect(failure("'😀' = a AND\n)").message.split('\n').slice(1)).toEqual(["  '😀' = a AND )", '              ^'])
  })

  it('shows only the neighbourhood of the place in a long selector', () => {
    const text = `${'a = 1 OR '.repeat(50)}? ${'OR a = 1 '.repeat(50)}`
    const [, excerpt = '', caret = ''] = failure(text).message.split('\n')
    expect(excerpt.length).toBeLessThan(100)
    expect(excerpt[caret.indexOf('^')]).toBe('?')
  })
})

describe('limits', () => {
  const deep = (open: string, close: string, levels: number): string => `${open.repeat(levels)}a${close.repeat(levels)}`

  it.each([
    ['parentheses', deep('(', ')', 100_000 / 4)],
    ['NOTs', deep('NOT ', '', 10_000)],
    ['signs', `a = ${deep('-', '', 60_000)}`],
    ['sums', `a = ${'1+'.repeat(30_000)}1`],
    ['open parentheses', '('.repeat(60_000)],
    ['open NOTs', `${'NOT ('.repeat(10_000)}`],
  ])('too many nested %s are refused, and do not overflow the stack', (_, text) => {
    expect(failure(text).message).toContain(`nested deeper than ${MAX_SELECTOR_DEPTH} levels`)
  })

  it('nesting up to the limit is accepted', () => {
    expect(compileSelector(deep('(', ')', MAX_SELECTOR_DEPTH)).matches(() => true)).toBe(true)
    expect(compileSelector(deep('NOT (', ')', MAX_SELECTOR_DEPTH - 2)).matches(() => true)).toBe(true)
  })

  it('a selector longer than 64 KiB is refused', () => {
    expect(compileSelector(' '.repeat(MAX_SELECTOR_LENGTH)).matches(() => true)).toBe(true)
    expect(failure(' '.repeat(MAX_SELECTOR_LENGTH + 1)).message).toContain('65537 characters long')
  })
})

describe('any text at all', () => {
  const words = fc.constantFrom(
    ...[
      'NOT',
      'AND',
      'OR',
      'BETWEEN',
      'LIKE',
      'IN',
      'IS',
      'NULL',
      'ESCAPE',
      'TRUE',
      '(',
      ')',
      ',',
      '=',
      '<>',
      '<',
      '>=',
      '+',
      '-',
      '*',
      '/',
    ],
    ...['a', 'JMSType', 'JMSReplyTo', '1', '0x', '7.', '1e5', "'x'", "'_%'", "'", '"', '9223372036854775808', '😀'],
  )

  it.each([
    ['characters', fc.string({ unit: 'binary', maxLength: 60 })],
    ['words', fc.array(words, { maxLength: 14 }).map((parts) => parts.join(' '))],
    ['words without spaces', fc.array(words, { maxLength: 14 }).map((parts) => parts.join(''))],
  ])('of random %s compiles and evaluates, or is refused with a column', (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        try {
          compileSelector(text).matches(() => 1)
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidSelectorError)
          expect((error as InvalidSelectorError).column).toBeGreaterThan(0)
          expect((error as InvalidSelectorError).column).toBeLessThanOrEqual(text.length + 1)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
