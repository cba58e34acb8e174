import { type Keyword, type Mark, type Token, tokenize } from './lexer.ts'
import { selectorError } from './syntax-error.ts'

/** Longest selector text that is read, in UTF-16 units. */
export const MAX_SELECTOR_LENGTH = 65_536

/** Deepest nesting of parentheses, and of operations within each other; bounds the stack that a hostile text can use. */
export const MAX_SELECTOR_DEPTH = 200

/** Words with a meaning. No name or literal has such a text: keywords are reserved, and strings keep their quotes. */
type Word = Keyword | Mark

/** Goes through the tokens of a selector, one ahead, and words the errors about them. */
export class TokenReader {
  readonly text: string
  readonly #tokens: readonly Token[]
  #position = 0

  constructor(text: string) {
    if (text.length > MAX_SELECTOR_LENGTH) {
      const problem = `the selector is ${text.length} characters long, ${MAX_SELECTOR_LENGTH} are allowed: the limit is passed`
      throw selectorError(text, MAX_SELECTOR_LENGTH, problem)
    }
    this.text = text
    this.#tokens = tokenize(text)
  }

  /** The next token; at the end that of kind `end`, for ever. */
  peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '', offset: this.text.length }
  }

  advance(): Token {
    const token = this.peek()
    this.#position++
    return token
  }

  isNext(word: Word): boolean {
    return this.peek().text === word
  }

  /** Goes past the word if it is next, and tells whether it was. */
  take(word: Word): boolean {
    if (!this.isNext(word)) return false
    this.#position++
    return true
  }

  /** Goes past the one of these words that is next, and gives it. */
  takeOf<Choice extends Word>(...words: readonly Choice[]): Choice | undefined {
    return words.find((word) => this.take(word))
  }

  takeString(where: string): Token & { readonly kind: 'string' } {
    const token = this.peek()
    if (token.kind !== 'string') throw this.unexpected(`a string in single quotes ${where}`)
    this.#position++
    return token
  }

  /** Where the token before the next one starts. */
  previousOffset(): number {
    return this.#tokens[this.#position - 1]?.offset ?? 0
  }

  /** The error for a next token that starts no value. */
  valueMissing(): Error {
    const previous = this.#tokens[this.#position - 1]
    return this.unexpected(previous === undefined ? 'a value at the start' : `a value after "${previous.text}"`)
  }

  /** The error for a next token that is not what must come. */
  unexpected(expected: string): Error {
    return this.error(`expected ${expected} but found ${describe(this.peek())}`)
  }

  /** An error at the next token. */
  error(problem: string): Error {
    return selectorError(this.text, this.peek().offset, problem)
  }
}

function describe(token: Token): string {
  if (token.kind === 'end') return 'end of selector'
  const text = token.text.length > 40 ? `${token.text.slice(0, 39)}…` : token.text
  if (token.kind === 'string') return `the string ${text}`
  return token.kind === 'number' ? `the number ${text}` : `"${text}"`
}
