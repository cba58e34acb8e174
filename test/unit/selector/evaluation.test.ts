import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { approximate, compileSelector, formatSelector, type SelectorValue } from '../../../src/selector/index.ts'
import { expression, message } from './arbitrary-expression.ts'
import { referenceMatches } from './reference-evaluator.ts'

type Properties = Readonly<Record<string, SelectorValue | null | undefined>>

function matches(text: string, properties: Properties = {}): boolean {
  return compileSelector(text).matches((name) => properties[name])
}

/** T, F or U: a selector cannot show unknown, but it and its negation are then both not true. */
function truth(text: string, properties: Properties = {}): 'T' | 'F' | 'U' {
  if (matches(text, properties)) return 'T'
  return matches(`NOT (${text})`, properties) ? 'F' : 'U'
}

describe('no selector', () => {
  it.each(['', ' ', ' \t\r\n\f '])('the blank text %j matches every message', (text) => {
    expect(matches(text)).toBe(true)
  })
})

describe('three-valued logic', () => {
  const values = { T: true, F: false, U: undefined } as const

  it.each([
    ['T', 'AND', 'T', 'T'],
    ['T', 'AND', 'F', 'F'],
    ['T', 'AND', 'U', 'U'],
    ['F', 'AND', 'T', 'F'],
    ['F', 'AND', 'F', 'F'],
    ['F', 'AND', 'U', 'F'],
    ['U', 'AND', 'T', 'U'],
    ['U', 'AND', 'F', 'F'],
    ['U', 'AND', 'U', 'U'],
    ['T', 'OR', 'T', 'T'],
    ['T', 'OR', 'F', 'T'],
    ['T', 'OR', 'U', 'T'],
    ['F', 'OR', 'T', 'T'],
    ['F', 'OR', 'F', 'F'],
    ['F', 'OR', 'U', 'U'],
    ['U', 'OR', 'T', 'T'],
    ['U', 'OR', 'F', 'U'],
    ['U', 'OR', 'U', 'U'],
  ] as const)('%s %s %s is %s', (l, operator, r, outcome) => {
    expect(truth(`l ${operator} r`, { l: values[l], r: values[r] })).toBe(outcome)
  })

  it.each([
    ['T', 'F'],
    ['F', 'T'],
    ['U', 'U'],
  ] as const)('NOT of %s is %s', (operand, outcome) => {
    expect(truth('NOT x', { x: values[operand] })).toBe(outcome)
  })

  it.each([
    'a = 1',
    'a <> 1',
    'a < 1',
    '1 >= a',
    'a = b',
    "a = 'x'",
    'a + 1 = 2',
    '-a = 1',
    'a / a = 1',
    "a IN ('x')",
    "a NOT IN ('x')",
    "a LIKE '%'",
    "a NOT LIKE '%'",
    'a BETWEEN 1 AND 2',
    'a NOT BETWEEN 1 AND 2',
    '1 BETWEEN a AND 2',
    'a AND b',
  ])('%s is unknown when the message has no such property', (text) => {
    expect(truth(text)).toBe('U')
  })

  it('a property that is null is the same as one that is missing', () => {
    expect(truth('a = 1', { a: null })).toBe('U')
    expect(truth('a IS NULL', { a: null })).toBe('T')
    expect(truth("a IN ('x')", { a: null })).toBe('U')
    expect(truth("a LIKE 'x'", { a: null })).toBe('U')
  })

  it('a bound that decides makes BETWEEN false although the other bound is missing', () => {
    expect(truth('a BETWEEN 5 AND b', { a: 1 })).toBe('F')
    expect(truth('a BETWEEN 0 AND b', { a: 1 })).toBe('U')
    expect(truth('a NOT BETWEEN 5 AND b', { a: 1 })).toBe('T')
  })
})

describe('IS NULL', () => {
  it.each([
    ['a IS NULL', {}, 'T'],
    ['a IS NOT NULL', {}, 'F'],
    ['a IS NULL', { a: 0 }, 'F'],
    ['a IS NOT NULL', { a: '' }, 'T'],
    ['a is null', { a: false }, 'F'],
  ] as const)('%s with %j is %s', (text, properties, outcome) => {
    expect(truth(text, properties)).toBe(outcome)
  })
})

describe('comparison', () => {
  it.each([
    ['a = 1', 1, 'T'],
    ['a <> 1', 1, 'F'],
    ['a < 1', 0, 'T'],
    ['a <= 1', 1, 'T'],
    ['a > 1', 1, 'F'],
    ['a >= 1', 1, 'T'],
    ["a = 'x'", 'x', 'T'],
    ["a = 'x'", 'X', 'F'],
    ["a <> 'x'", 'y', 'T'],
    ['a = TRUE', true, 'T'],
    ['a <> TRUE', false, 'T'],
    ['a', true, 'T'],
    ['a', false, 'F'],
  ] as const)('%s with %j is %s', (text, a, outcome) => {
    expect(truth(text, { a })).toBe(outcome)
  })

  it.each([
    ['a > 1', '2'],
    ['a = 2', '2'],
    ['a <> 2', '2'],
    ["a = '2'", 2],
    ["a <> '2'", 2],
    ["a <> 'true'", true],
    ['a <> TRUE', 'true'],
    ['a < b', 'x'],
    ['a >= b', true],
    ['a BETWEEN 1 AND 3', '2'],
    ['a NOT BETWEEN 1 AND 3', '2'],
    ['a + 1 = 3', '2'],
    ['-a <> 3', '2'],
    ['a + 1 = a + 1', '2'],
    ['a', 'true'],
    ['a', 1],
    ["a IN ('2')", 2],
    ["a LIKE '%'", 2],
  ] as const)('%s is false, not converted, when a is %j', (text, a) => {
    expect(truth(text, { a, b: 'y' })).toBe('F')
  })

  it('NOT IN and NOT LIKE are true of a value that is not a string, as it is none of those strings', () => {
    expect(truth("a NOT IN ('2')", { a: 2 })).toBe('T')
    expect(truth("a NOT LIKE '2'", { a: 2 })).toBe('T')
  })

  it('a long and a double are compared as doubles', () => {
    expect(truth('a = 7.0', { a: 7 })).toBe('T')
    expect(truth('a = 7', { a: approximate(7) })).toBe('T')
    expect(truth('9007199254740993 = 9007199254740992.0')).toBe('T')
    expect(truth('a < b', { a: 2n ** 62n, b: 1e300 })).toBe('T')
  })

  it('longs beyond 2^53 are compared exactly', () => {
    expect(truth('9007199254740993 = 9007199254740992')).toBe('F')
    expect(truth('a = 9007199254740993', { a: 9007199254740993n })).toBe('T')
    expect(truth('a = 5', { a: 5n })).toBe('T')
  })

  it('NaN equals nothing, and differs from all, as in Java', () => {
    expect(truth('a = a', { a: Number.NaN })).toBe('F')
    expect(truth('a <> 1', { a: Number.NaN })).toBe('T')
    expect(truth('a NOT BETWEEN 1 AND 2', { a: Number.NaN })).toBe('F')
  })

  it('names are case sensitive', () => {
    expect(truth('Color = color', { Color: 'red', color: 'RED' })).toBe('F')
  })
})

describe('arithmetic', () => {
  it.each([
    '7 / 2 = 3',
    '-7 / 2 = -3',
    '7.0 / 2 = 3.5',
    '7 / 2. = 3.5',
    '2 + 3 * 4 = 14',
    '(2 + 3) * 4 = 20',
    '10 - 4 - 3 = 3',
    '100 / 10 / 5 = 2',
    '- -5 = 5',
    '--5 = 5',
    '2--3 = 5',
    '2 - + 3 = -1',
    '-(2 + 3) = -5',
    '9223372036854775807 + 1 = -9223372036854775808',
    '-9223372036854775808 - 1 = 9223372036854775807',
    '-(-9223372036854775808) = -9223372036854775808',
    '-9223372036854775808 / -1 = -9223372036854775808',
    '4611686018427387904 * 2 = -9223372036854775808',
    '3037000500 * 3037000500 = -9223372036709301616',
    '9007199254740991 + 2 = 9007199254740993',
    '9007199254740993 - 9007199254740992 = 1',
    '9223372036854775807 / 2 = 4611686018427387903',
    '9223372036854775807 + 1.0 = 9223372036854775808.0',
    '1 / 0.0 > 1e308',
    '1 / (0 * -1.0) < -1e308',
    '1.0 / (0 * -1) > 1e308',
    '0.0 / 0 <> 0.0 / 0',
  ])('%s', (text) => {
    expect(truth(text)).toBe('T')
  })

  it.each(['1 / 0 = 1', '1 / 0 <> 1', '0 / 0 = 0', '9007199254740993 / 0 > 1'])(
    '%s is unknown: an exact division by zero has no value',
    (text) => {
      expect(truth(text)).toBe('U')
    },
  )

  it('a property that was set as a double counts as one although it is integral', () => {
    expect(truth('a / 2 = 3.5', { a: approximate(7) })).toBe('T')
    expect(truth('a / 2 = 3.5', { a: { type: 'float', value: 7 } })).toBe('T')
    expect(truth('a / 2 = 3', { a: { type: 'int', value: 7 } })).toBe('T')
    expect(truth('a / 2 = 3', { a: 7 })).toBe('T')
    expect(truth('a / 2 = 3', { a: 7n })).toBe('T')
    expect(truth('(a * 2) / 4 = 3.5', { a: approximate(7) })).toBe('T')
  })
})

describe('precedence', () => {
  it.each([
    ['NOT a = 1', { a: 2 }, 'T'],
    ['NOT a = 1 AND b = 1', { a: 2, b: 2 }, 'F'],
    ['NOT a AND b', { a: false, b: false }, 'F'],
    ['NOT NOT a', { a: true }, 'T'],
    ['a OR b AND c', { a: true, b: false, c: false }, 'T'],
    ['(a OR b) AND c', { a: true, b: false, c: false }, 'F'],
    ['a BETWEEN 1 AND 2 AND b', { a: 1, b: true }, 'T'],
    ['a BETWEEN 1 + 1 AND 2 * 3 OR b', { a: 6, b: false }, 'T'],
    ['NOT a BETWEEN 1 AND 2', { a: 3 }, 'T'],
    ["NOT a LIKE 'x%'", { a: 'y' }, 'T'],
    ['NOT a IS NULL', { a: 'y' }, 'T'],
    ['a + 1 > b * 2', { a: 4, b: 2 }, 'T'],
    ['(a > 1) = TRUE', { a: 2 }, 'T'],
    ['(a > 1) <> (b > 1)', { a: 2, b: 1 }, 'T'],
  ] as const)('%s with %j is %s', (text, properties, outcome) => {
    expect(truth(text, properties)).toBe(outcome)
  })
})

describe('membership and patterns, by the examples of JMS 3.1 §3.8.1.1', () => {
  it.each([
    ['age BETWEEN 15 AND 19', { age: 15 }, 'T'],
    ['age BETWEEN 15 AND 19', { age: 20 }, 'F'],
    ['age NOT BETWEEN 15 AND 19', { age: 14 }, 'T'],
    ["Country IN ('UK', 'US', 'France')", { Country: 'UK' }, 'T'],
    ["Country IN ('UK', 'US', 'France')", { Country: 'Peru' }, 'F'],
    ["Country NOT IN ('UK', 'US', 'France')", { Country: 'UK' }, 'F'],
    ["Country NOT IN ('UK', 'US', 'France')", { Country: 'Peru' }, 'T'],
    ["phone LIKE '12%3'", { phone: '123' }, 'T'],
    ["phone LIKE '12%3'", { phone: '12993' }, 'T'],
    ["phone LIKE '12%3'", { phone: '1234' }, 'F'],
    ["word LIKE 'l_se'", { word: 'lose' }, 'T'],
    ["word LIKE 'l_se'", { word: 'loose' }, 'F'],
    ["underscored LIKE '\\_%' ESCAPE '\\'", { underscored: '_foo' }, 'T'],
    ["underscored LIKE '\\_%' ESCAPE '\\'", { underscored: 'bar' }, 'F'],
    ["phone NOT LIKE '12%3'", { phone: '123' }, 'F'],
    ["phone NOT LIKE '12%3'", { phone: '1234' }, 'T'],
    ["JMSType = 'car' AND color = 'blue' AND weight > 2500", { JMSType: 'car', color: 'blue', weight: 2501 }, 'T'],
    ["JMSDeliveryMode = 'PERSISTENT'", { JMSDeliveryMode: 'PERSISTENT' }, 'T'],
  ] as const)('%s with %j is %s', (text, properties, outcome) => {
    expect(truth(text, properties)).toBe(outcome)
  })
})

describe('a compiled selector', () => {
  it('tells its text and the names it reads, each once', () => {
    const selector = compileSelector("b = 1 AND (a LIKE 'x' OR b BETWEEN c AND -d) AND NOT e IS NULL AND f IN ('g')")
    expect(selector.text).toBe("b = 1 AND (a LIKE 'x' OR b BETWEEN c AND -d) AND NOT e IS NULL AND f IN ('g')")
    expect([...selector.identifiers]).toEqual(['b', 'a', 'c', 'd', 'e', 'f'])
    expect(compileSelector('').identifiers.size).toBe(0)
  })

  it('lets an error of the lookup through', () => {
    const failure = new Error('lookup failed')
    const lookup = (): never => {
      throw failure
    }
    expect(() => compileSelector('a = 1').matches(lookup)).toThrow(failure)
  })

  it('gives what the definition gives, for any selector and any message', () => {
    fc.assert(
      fc.property(expression, message, (tree, properties) => {
        const selector = compileSelector(formatSelector(tree))
        expect(selector.matches((name) => properties[name])).toBe(referenceMatches(tree, properties))
      }),
      { numRuns: 3000 },
    )
  })
})
