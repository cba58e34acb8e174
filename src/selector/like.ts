/** Tells whether a whole text matches a pattern. */
export type LikeMatcher = (text: string) => boolean

/** Elements of a pattern that are not code points. */
const ANY_CHARACTER = -1
const ANY_SEQUENCE = -2

const UNDERSCORE = 0x5f
const PERCENT = 0x25

/**
 * Compiles the pattern of LIKE (JMS 3.1 §3.8.1.1): `_` is any one character, that is code point, `%` any sequence of them.
 *
 * The matcher takes no more than pattern length × text length steps, whatever the pattern: on a mismatch it only ever
 * goes back to the last `%`, as an earlier one cannot do better.
 *
 * @param escapeCharacter one character that takes `_`, `%` or itself as it stands
 * @throws RangeError saying what is wrong with the pattern or the escape character
 *
 * @example
 * ```ts
 * compileLike('EU\\_%', '\\')('EU_west') // true
 * ```
 */
export function compileLike(pattern: string, escapeCharacter?: string): LikeMatcher {
  const elements = elementsOf(pattern, escapeCharacter)
  return plainMatcher(elements) ?? ((text) => matches(elements, text))
}

function elementsOf(pattern: string, escapeCharacter: string | undefined): readonly number[] {
  const escapePoint = escapeCharacter === undefined ? undefined : onlyPoint(escapeCharacter)
  const elements: number[] = []
  let escaped = false
  for (const character of pattern) {
    const point = character.codePointAt(0) ?? 0
    if (escaped) {
      if (point !== UNDERSCORE && point !== PERCENT && point !== escapePoint) {
        throw new RangeError(
          `the escape character may stand only before "_", "%" and itself, not before "${character}"`,
        )
      }
      elements.push(point)
      escaped = false
    } else if (point === escapePoint) escaped = true
    else if (point === UNDERSCORE) elements.push(ANY_CHARACTER)
    else if (point !== PERCENT) elements.push(point)
    else if (elements.at(-1) !== ANY_SEQUENCE) elements.push(ANY_SEQUENCE)
  }
  if (escaped) throw new RangeError('the pattern ends in its escape character')
  return elements
}

function onlyPoint(text: string): number {
  const [character, ...rest] = text
  if (character === undefined || rest.length > 0) throw new RangeError('ESCAPE takes a string of exactly one character')
  return character.codePointAt(0) ?? 0
}

/** Patterns without `_` and with `%` only at their ends are done by the engine's own search. */
function plainMatcher(elements: readonly number[]): LikeMatcher | undefined {
  const isOpenLeft = elements[0] === ANY_SEQUENCE
  const isOpenRight = elements.at(-1) === ANY_SEQUENCE
  const points = elements.slice(isOpenLeft ? 1 : 0, isOpenRight ? -1 : undefined)
  if (points.some((point) => point < 0 || isSurrogate(point))) return undefined
  const literal = points.map((point) => String.fromCodePoint(point)).join('')
  if (elements.length === 1 && isOpenLeft) return () => true
  if (isOpenLeft && isOpenRight) return (text) => text.includes(literal)
  if (isOpenRight) return (text) => text.startsWith(literal)
  if (isOpenLeft) return (text) => text.endsWith(literal)
  return (text) => text === literal
}

/** Half a character could match the half of another one. */
function isSurrogate(point: number): boolean {
  return point >= 0xd800 && point <= 0xdfff
}

function matches(elements: readonly number[], text: string): boolean {
  let element = 0
  let index = 0
  let afterSequence = -1
  let retry = 0
  while (index < text.length) {
    const wanted = elements[element]
    const point = text.codePointAt(index) ?? 0
    if (wanted === ANY_SEQUENCE) {
      afterSequence = ++element
      if (element === elements.length) return true
      retry = index
    } else if (wanted === point || wanted === ANY_CHARACTER) {
      element++
      index += widthOf(point)
    } else if (afterSequence >= 0) {
      element = afterSequence
      retry += widthOf(text.codePointAt(retry) ?? 0)
      index = retry
    } else return false
  }
  if (elements[element] === ANY_SEQUENCE) element++
  return element === elements.length
}

/** How many UTF-16 units a code point takes. */
function widthOf(point: number): number {
  return point > 0xffff ? 2 : 1
}
