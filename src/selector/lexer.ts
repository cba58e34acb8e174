import { RESERVED_WORDS } from '../message/reserved-words.ts'
import { type Numeral, readNumeral } from './numerals.ts'
import { selectorError } from './syntax-error.ts'

/** The reserved words of JMS 3.1 §3.8.1.1, in any case. */
export type Keyword = (typeof RESERVED_WORDS)[number]

/** An operator or a mark of punctuation. */
export type Mark = '=' | '<>' | '<' | '<=' | '>' | '>=' | '+' | '-' | '*' | '/' | '(' | ')' | ','

/** One word of a selector; `text` is as written, except that keywords are in upper case. */
export type Token = { readonly offset: number } & (
  | { readonly kind: 'keyword'; readonly text: Keyword }
  | { readonly kind: 'mark'; readonly text: Mark }
  | { readonly kind: 'identifier'; readonly text: string }
  | { readonly kind: 'string'; readonly text: string; readonly value: string }
  | { readonly kind: 'number'; readonly text: string; readonly value: Numeral['value'] }
  | { readonly kind: 'end'; readonly text: '' }
)

// Whitespace is that of Java source text.
const WHITESPACE = /[ \t\n\r\f]+/y
const MARK = /<>|<=|>=|[=<>+\-*/(),]/y
const STRING = /'[^']*(?:''[^']*)*'(?!')/y
const NUMBER_START = /\.?[0-9]/y
// Character.isJavaIdentifierStart, then Character.isJavaIdentifierPart.
const IDENTIFIER =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: Java lets ignorable control characters be part of a name
  /[\p{L}\p{Nl}\p{Sc}\p{Pc}][\p{L}\p{Nl}\p{Sc}\p{Pc}\p{Nd}\p{Mn}\p{Mc}\p{Cf}\x00-\x08\x0E-\x1B\x7F-\x9F]*/uy
// Without the u flag, no letter outside ASCII folds into one of these: "ın" is a name.
const KEYWORD = new RegExp(`^(?:${RESERVED_WORDS.join('|')})$`, 'i')

/** What people write from habit, and what a selector has instead. */
const FOREIGN: readonly (readonly [string, string])[] = [
  ['==', 'write "=" for equality'],
  ['!=', 'write "<>" for inequality'],
  ['!', 'write NOT'],
  ['&&', 'write AND'],
  ['||', 'write OR'],
  ['"', 'a string stands in single quotes'],
  ['`', 'a name stands without quotes'],
  ['%', 'a selector has no remainder operator'],
  [';', 'a selector is one expression'],
]

/**
 * Cuts a selector into tokens, the last of which is of kind `end`.
 *
 * @throws {@link InvalidSelectorError} at a character no token starts with, an open string, or a malformed number
 */
export function tokenize(selector: string): readonly Token[] {
  const tokens: Token[] = []
  let offset = skipWhitespace(selector, 0)
  while (offset < selector.length) {
    const token = readToken(selector, offset)
    tokens.push(token)
    offset = skipWhitespace(selector, offset + token.text.length)
  }
  tokens.push({ kind: 'end', text: '', offset: selector.length })
  return tokens
}

function skipWhitespace(selector: string, offset: number): number {
  return offset + (textAt(WHITESPACE, selector, offset)?.length ?? 0)
}

function readToken(selector: string, offset: number): Token {
  const name = textAt(IDENTIFIER, selector, offset)
  if (name !== undefined) {
    if (KEYWORD.test(name)) return { kind: 'keyword', text: name.toUpperCase() as Keyword, offset }
    return { kind: 'identifier', text: name, offset }
  }
  if (textAt(NUMBER_START, selector, offset) !== undefined) {
    return { kind: 'number', ...readNumeral(selector, offset), offset }
  }
  if (selector[offset] === "'") return readString(selector, offset)
  const foreign = FOREIGN.find(([text]) => selector.startsWith(text, offset))
  if (foreign !== undefined) {
    throw selectorError(selector, offset, `unexpected ${foreign[0]} (${foreign[1]})`)
  }
  const mark = textAt(MARK, selector, offset)
  if (mark !== undefined) return { kind: 'mark', text: mark as Mark, offset }
  throw selectorError(selector, offset, `unexpected character ${characterAt(selector, offset)}`)
}

function readString(selector: string, offset: number): Token {
  const text = textAt(STRING, selector, offset)
  if (text === undefined)
    throw selectorError(selector, offset, 'the string is not closed: expected "\'" but found end of selector')
  return { kind: 'string', text, value: text.slice(1, -1).replaceAll("''", "'"), offset }
}

/** Printable as it is, or by number when it might not show. */
function characterAt(selector: string, offset: number): string {
  const point = selector.codePointAt(offset) ?? 0
  const character = String.fromCodePoint(point)
  if (/[\p{L}\p{P}\p{S}]/u.test(character)) return `"${character}"`
  return `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
}

function textAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset
  return pattern.exec(text)?.[0]
}
