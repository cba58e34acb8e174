import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidSelectorError } from '../../../src/errors.ts'
import { compileSelector, formatSelector, normalizeSelector, parseSelector } from '../../../src/selector/index.ts'
import { expression } from './arbitrary-expression.ts'

describe('a normalized selector', () => {
  it.each([
    ['', ''],
    ['  \n', ''],
    ['a', 'a'],
    ['not a = 1', 'NOT (a = 1)'],
    ['NOT a', 'NOT (a)'],
    ['NOT NOT a', 'NOT (NOT (a))'],
    ['a = 1 and b <> 2 or c', '((a = 1) AND (b <> 2)) OR c'],
    ['a or b or c', 'a OR b OR c'],
    ['a or (b or c)', 'a OR (b OR c)'],
    ['((a))', 'a'],
    ['a+b*c-d=0x10L', '((a + (b * c)) - d) = 16'],
    ['a - -5 = b', '(a - -5) = b'],
    ['a--5 = b', '(a - -5) = b'],
    ['a--b = 0', '(a - (-b)) = 0'],
    ['- - 5 = a', '(-(-5)) = a'],
    ['+ +a = +1', '(+(+a)) = 1'],
    ['a = 7d', 'a = 7.0'],
    ['a = 1e30', 'a = 1E+30'],
    ['a = 1e-30f', 'a = 1.0000000031710769E-30'],
    ['a = 9007199254740992.0', 'a = 9007199254740992.0'],
    ['a = -0.0', 'a = -0.0'],
    ['a = -9223372036854775808', 'a = -9223372036854775808'],
    ['a not between 1 and b+1', 'a NOT BETWEEN 1 AND (b + 1)'],
    ["a not in('x','it''s')", "a NOT IN ('x', 'it''s')"],
    ["a like 'x!_%' escape '!'", "a LIKE 'x!_%' ESCAPE '!'"],
    ["a not like ''''", "a NOT LIKE ''''"],
    ['a is not null', 'a IS NOT NULL'],
    ['(a > 1) = true', '(a > 1) = TRUE'],
  ])('of %j is %j', (text, normalized) => {
    expect(normalizeSelector(text)).toBe(normalized)
    expect(normalizeSelector(normalized)).toBe(normalized)
  })

  it('never has two signs side by side, which ActiveMQ would take for a comment', () => {
    fc.assert(fc.property(expression, (tree) => !/--/.test(formatSelector(tree).replace(/'(?:[^']|'')*'/g, ''))))
  })

  it('is refused for a text that is no selector', () => {
    expect(() => normalizeSelector('a =')).toThrow(InvalidSelectorError)
  })

  it('is still accepted when the text was as deep as is allowed', () => {
    const deep = `${'NOT '.repeat(198)}a = 1`
    expect(compileSelector(normalizeSelector(deep)).matches(() => 1)).toBe(true)
    const sum = `a = ${'1+'.repeat(198)}1`
    expect(normalizeSelector(normalizeSelector(sum))).toBe(normalizeSelector(sum))
  })

  it('reads back as the same tree, for any selector', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(parseSelector(formatSelector(tree))).toStrictEqual(normalObject(tree))
      }),
      { numRuns: 3000 },
    )
  })
})

/** fast-check makes records without a prototype at times, which toStrictEqual tells apart. */
function normalObject<T>(value: T): T {
  if (Array.isArray(value)) return value.map(normalObject) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, normalObject(entry)])) as T
}
