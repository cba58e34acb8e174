import { negate } from './arithmetic.ts'
import type { Keyword, Token } from './lexer.ts'
import { compileLike } from './like.ts'
import { LEAST_LONG_MAGNITUDE, outOfRange } from './numerals.ts'
import { checkName, expectCondition, expectIdentifier, expectNumber, type Term } from './static-types.ts'
import { selectorError } from './syntax-error.ts'
import type { Expression, Identifier } from './syntax-tree.ts'
import { MAX_SELECTOR_DEPTH, TokenReader } from './token-reader.ts'
import type { SelectorValue } from './values.ts'

/**
 * Reads a selector into a tree, or gives undefined when the text is empty or blank, which means no selector
 * (JMS 3.1 §3.8.1.1).
 *
 * Besides the syntax it checks what can be known without a message: that conditions stand where conditions must, and
 * that no string or boolean is calculated with or ordered.
 *
 * @throws {@link InvalidSelectorError} whose `column` is that of the first mistake
 */
export function parseSelector(text: string): Expression | undefined {
  const reader = new TokenReader(text)
  return reader.peek().kind === 'end' ? undefined : new Parser(reader).parse()
}

/** A unary plus or minus, and where it stands. */
interface Sign {
  readonly sign: '+' | '-'
  readonly offset: number
}

/** What starts a comparison; `a = b = c` means one thing to a mathematician and another to a parser. */
const COMPARISONS: ReadonlySet<string> = new Set([
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  'IS',
  'NOT',
  'BETWEEN',
  'IN',
  'LIKE',
])

/** Recursive descent: one method per precedence level, the loosest first. */
class Parser {
  readonly #text: string
  readonly #reader: TokenReader
  #open = 0

  constructor(reader: TokenReader) {
    this.#text = reader.text
    this.#reader = reader
  }

  parse(): Expression {
    const term = this.#disjunction()
    if (this.#reader.peek().kind !== 'end') throw this.#reader.unexpected('an operator or the end of the selector')
    expectCondition(this.#text, term, 'as the selector')
    return term.expression
  }

  #disjunction(): Term {
    return this.#chain('OR', () => this.#conjunction())
  }

  #conjunction(): Term {
    return this.#chain('AND', () => this.#negation())
  }

  #chain(keyword: 'AND' | 'OR', next: () => Term): Term {
    const first = next()
    if (!this.#reader.isNext(keyword)) return first
    expectCondition(this.#text, first, `before ${keyword}`)
    const terms = [first]
    while (this.#reader.take(keyword)) {
      const term = next()
      expectCondition(this.#text, term, `after ${keyword}`)
      terms.push(term)
    }
    const kind = keyword === 'AND' ? 'and' : 'or'
    return this.#term({ kind, operands: terms.map((term) => term.expression) }, 'boolean', terms)
  }

  #negation(): Term {
    const offsets: number[] = []
    while (this.#reader.isNext('NOT')) offsets.push(this.#reader.advance().offset)
    let term = this.#comparison()
    for (const offset of offsets.reverse()) {
      expectCondition(this.#text, term, 'after NOT')
      term = this.#term({ kind: 'not', operand: term.expression }, 'boolean', [{ ...term, offset }])
    }
    return term
  }

  #comparison(): Term {
    const left = this.#sum()
    const term = this.#comparisonOf(left)
    if (term !== left && COMPARISONS.has(this.#reader.peek().text)) {
      throw this.#reader.error('comparisons do not chain (join two with AND, or put one in parentheses)')
    }
    return term
  }

  #comparisonOf(left: Term): Term {
    const token = this.#reader.peek()
    switch (token.text) {
      case '=':
      case '<>':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        this.#reader.advance()
        const right = this.#sum()
        const operator = token.text
        if (operator !== '=' && operator !== '<>') {
          expectNumber(this.#text, left, `before "${operator}"`)
          expectNumber(this.#text, right, `after "${operator}"`)
        }
        const expression = { kind: 'comparison', operator, left: left.expression, right: right.expression } as const
        return this.#term(expression, 'boolean', [left, right])
      }
      case 'IS':
        return this.#isNull(left)
      case 'NOT':
      case 'BETWEEN':
      case 'IN':
      case 'LIKE':
        return this.#predicate(left)
      default:
        return left
    }
  }

  #isNull(left: Term): Term {
    const operand = expectIdentifier(this.#text, left, 'before IS')
    this.#reader.advance()
    const negated = this.#reader.take('NOT')
    if (!this.#reader.take('NULL'))
      throw this.#reader.unexpected(negated ? 'NULL after "IS NOT"' : 'NULL or NOT NULL after "IS"')
    return this.#term({ kind: 'null', negated, operand }, 'boolean', [left])
  }

  #predicate(left: Term): Term {
    const negated = this.#reader.take('NOT')
    if (this.#reader.take('BETWEEN')) return this.#between(left, negated)
    if (this.#reader.take('IN')) return this.#in(left, expectIdentifier(this.#text, left, 'before IN'), negated)
    if (this.#reader.take('LIKE')) return this.#like(left, expectIdentifier(this.#text, left, 'before LIKE'), negated)
    throw this.#reader.unexpected('BETWEEN, IN or LIKE after "NOT"')
  }

  #between(value: Term, negated: boolean): Term {
    expectNumber(this.#text, value, 'before BETWEEN')
    const low = this.#sum()
    if (!this.#reader.take('AND')) throw this.#reader.unexpected('AND between the two bounds of BETWEEN')
    const high = this.#sum()
    expectNumber(this.#text, low, 'after BETWEEN')
    expectNumber(this.#text, high, 'as the upper bound of BETWEEN')
    return this.#term(
      { kind: 'between', negated, value: value.expression, low: low.expression, high: high.expression },
      'boolean',
      [value, low, high],
    )
  }

  #in(left: Term, operand: Identifier, negated: boolean): Term {
    if (!this.#reader.take('(')) throw this.#reader.unexpected('"(" after "IN"')
    const values: string[] = []
    do values.push(this.#reader.takeString('in the list of IN').value)
    while (this.#reader.take(','))
    if (!this.#reader.take(')')) throw this.#reader.unexpected('"," or ")" in the list of IN')
    return this.#term({ kind: 'in', negated, operand, values }, 'boolean', [left])
  }

  #like(left: Term, operand: Identifier, negated: boolean): Term {
    const pattern = this.#reader.takeString('as the pattern of LIKE')
    const escapeString = this.#reader.take('ESCAPE') ? this.#reader.takeString('after "ESCAPE"') : undefined
    try {
      compileLike(pattern.value, escapeString?.value)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw selectorError(this.#text, pattern.offset, error.message)
    }
    const expression = { kind: 'like', negated, operand, pattern: pattern.value, escape: escapeString?.value } as const
    return this.#term(expression, 'boolean', [left])
  }

  #sum(): Term {
    let left = this.#product()
    for (
      let operator = this.#reader.takeOf('+', '-');
      operator !== undefined;
      operator = this.#reader.takeOf('+', '-')
    ) {
      left = this.#arithmetic(left, operator, this.#product())
    }
    return left
  }

  #product(): Term {
    let left = this.#signed()
    for (
      let operator = this.#reader.takeOf('*', '/');
      operator !== undefined;
      operator = this.#reader.takeOf('*', '/')
    ) {
      left = this.#arithmetic(left, operator, this.#signed())
    }
    return left
  }

  #arithmetic(left: Term, operator: '+' | '-' | '*' | '/', right: Term): Term {
    expectNumber(this.#text, left, `before "${operator}"`)
    expectNumber(this.#text, right, `after "${operator}"`)
    const expression = { kind: 'arithmetic', operator, left: left.expression, right: right.expression } as const
    return this.#term(expression, 'number', [left, right])
  }

  #signed(): Term {
    const signs: Sign[] = []
    for (let sign = this.#reader.takeOf('+', '-'); sign !== undefined; sign = this.#reader.takeOf('+', '-')) {
      signs.push({ sign, offset: this.#reader.previousOffset() })
    }
    // The sign next to a number belongs to it: only so can the least long be written.
    const token = this.#reader.peek()
    const own = token.kind === 'number' ? signs.pop() : undefined
    let term = token.kind === 'number' ? this.#number(token, own) : this.#primary(token)
    for (const { sign, offset } of signs.reverse()) {
      expectNumber(this.#text, term, `after "${sign}"`)
      term = this.#term({ kind: 'sign', sign, operand: term.expression }, 'number', [{ ...term, offset }])
    }
    return term
  }

  #number(token: Token & { readonly kind: 'number' }, sign: Sign | undefined): Term {
    this.#reader.advance()
    const offset = sign?.offset ?? token.offset
    if (sign?.sign === '-') return literal(negate(token.value), 'number', offset)
    if (token.value === LEAST_LONG_MAGNITUDE) throw outOfRange(this.#text, offset, token.text, 'long')
    return literal(token.value, 'number', offset)
  }

  #primary(token: Token): Term {
    const { offset } = token
    switch (token.kind) {
      case 'string':
        this.#reader.advance()
        return literal(token.value, 'string', offset)
      case 'number':
        return this.#number(token, undefined)
      case 'identifier':
        this.#reader.advance()
        checkName(this.#text, token.text, offset)
        return { expression: { kind: 'identifier', name: token.text }, type: 'any', offset, depth: 1 }
      case 'keyword':
        return this.#keyword(token.text, offset)
      case 'mark':
        if (this.#reader.take('(')) return this.#parenthesized(offset)
        throw this.#reader.valueMissing()
      case 'end':
        throw this.#reader.valueMissing()
    }
  }

  #keyword(keyword: Keyword, offset: number): Term {
    if (keyword === 'NULL') throw this.#reader.error('NULL is not a value (write "name IS NULL")')
    if (keyword === 'NOT')
      throw this.#reader.error('expected a value but found "NOT" (put it and its operand in parentheses)')
    if (keyword !== 'TRUE' && keyword !== 'FALSE') throw this.#reader.valueMissing()
    this.#reader.advance()
    return literal(keyword === 'TRUE', 'boolean', offset)
  }

  #parenthesized(offset: number): Term {
    if (++this.#open > MAX_SELECTOR_DEPTH) throw this.#tooDeep(offset)
    const term = this.#disjunction()
    if (!this.#reader.take(')'))
      throw this.#reader.unexpected(`an operator, or ")" for the "(" of column ${offset + 1},`)
    this.#open--
    return { ...term, offset }
  }

  /** Builds a term that stands where the first of its parts does. */
  #term(expression: Expression, type: Term['type'], parts: readonly Term[]): Term {
    const offset = parts[0]?.offset ?? 0
    const depth = 1 + parts.reduce((deepest, part) => Math.max(deepest, part.depth), 0)
    if (depth > MAX_SELECTOR_DEPTH) throw this.#tooDeep(this.#reader.previousOffset())
    return { expression, type, offset, depth }
  }

  #tooDeep(offset: number): Error {
    return selectorError(this.#text, offset, `the selector is nested deeper than ${MAX_SELECTOR_DEPTH} levels`)
  }
}

function literal(value: SelectorValue, type: Term['type'], offset: number): Term {
  return { expression: { kind: 'literal', value }, type, offset, depth: 1 }
}
