import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLike } from '../../../src/selector/like.ts'
import { like } from './reference-evaluator.ts'

describe('LIKE', () => {
  it.each([
    ['', '', true],
    ['', 'a', false],
    ['abc', 'abc', true],
    ['abc', 'ABC', false],
    ['%', '', true],
    ['%', 'any\nthing', true],
    ['%%', '', true],
    ['%%%', 'a', true],
    ['_', '', false],
    ['_', 'a', true],
    ['_', '\n', true],
    ['_', 'ab', false],
    ['__', 'ab', true],
    ['_%', '', false],
    ['%_', 'a', true],
    ['%_%', '', false],
    ['a%', 'a', true],
    ['a%', 'ba', false],
    ['%a', 'ba', true],
    ['%a', 'ab', false],
    ['%a%', 'bab', true],
    ['a%a', 'a', false],
    ['a%a', 'aa', true],
    ['a%b%c', 'a-b-b-c', true],
    ['a%b%c', 'a-c-b', false],
    ['%ab_', 'abab!', true],
    ['%aab', 'aaab', true],
    ['.*', '.*', true],
    ['.*', 'ab', false],
    ['[a]', 'a', false],
    ['\\d', '\\d', true],
  ])('%j matches %j: %s', (pattern, text, outcome) => {
    expect(compileLike(pattern)(text)).toBe(outcome)
  })

  it.each([
    ['\\%', '\\', '%', true],
    ['\\%', '\\', 'a', false],
    ['100\\%%', '\\', '100% sure', true],
    ['\\\\%', '\\', '\\x', true],
    ['!!!_', '!', '!_', true],
    ['%!%!_%', '!', 'a%_b', true],
    ['_%__', '_', '%_', true],
    ['%%a', '%', '%a', true],
    ['😀%', '😀', '%', true],
  ])('%j with the escape character %j matches %j: %s', (pattern, escapeCharacter, text, outcome) => {
    expect(compileLike(pattern, escapeCharacter)(text)).toBe(outcome)
  })

  it.each([
    ['_', '😀', true],
    ['__', '😀', false],
    ['%_', '😀', true],
    ['a_c', 'a😀c', true],
    ['%😀', 'x😀', true],
    ['\ud83d%', '😀', false],
    ['%\ude00', '😀', false],
  ])('a character beyond the basic plane counts as one: %j matches %j: %s', (pattern, text, outcome) => {
    expect(compileLike(pattern)(text)).toBe(outcome)
  })

  it.each([
    ['a', '', 'ESCAPE takes a string of exactly one character'],
    ['a', 'ab', 'ESCAPE takes a string of exactly one character'],
    ['a\\', '\\', 'the pattern ends in its escape character'],
    ['\\a', '\\', 'the escape character may stand only before "_", "%" and itself, not before "a"'],
  ])('%j with the escape character %j is refused: %s', (pattern, escapeCharacter, problem) => {
    expect(() => compileLike(pattern, escapeCharacter)).toThrow(new RangeError(problem))
  })

  it.each([
    ['%a%a%a%a%a%a%a%a%a%a%b', 'a'.repeat(20_000)],
    ['%a_%a_%a_%a_%a_%b', 'a'.repeat(20_000)],
    [`%${'a'.repeat(500)}_b`, 'a'.repeat(20_000)],
  ])('the pattern %.30s answers within a second on a text made to trouble it', (pattern, text) => {
    const start = performance.now()
    expect(compileLike(pattern)(text)).toBe(false)
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('gives what the definition gives, for any pattern and text', () => {
    const characters = fc.constantFrom('a', 'b', '😀', '%', '_')
    fc.assert(
      fc.property(
        fc.string({ unit: characters, maxLength: 8 }),
        fc.string({ unit: characters, maxLength: 10 }),
        (pattern, text) => {
          expect(compileLike(pattern)(text)).toBe(like([...pattern], [...text]))
        },
      ),
      { numRuns: 5000 },
    )
  })
})
