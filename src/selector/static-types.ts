import { selectorError } from './syntax-error.ts'
import type { Expression, Identifier } from './syntax-tree.ts'

/** What is known of an expression's value without a message; a property can be `any`. */
export type StaticType = 'boolean' | 'number' | 'string' | 'any'

/** An expression with what the checks need to know about it. */
export interface Term {
  readonly expression: Expression
  readonly type: StaticType
  /** Where it starts in the selector, its parenthesis included. */
  readonly offset: number
  /** Levels of its tree. */
  readonly depth: number
}

const DESCRIPTIONS: Readonly<Record<StaticType, string>> = {
  boolean: 'a condition',
  number: 'a number',
  string: 'a string',
  any: 'a name',
}

/** The header fields a selector may read; `JMSX…` and `JMS_…` are properties, all else with JMS is reserved (JMS 3.1 §3.8.1.1). */
const HEADERS: readonly string[] = [
  'JMSDeliveryMode',
  'JMSPriority',
  'JMSMessageID',
  'JMSTimestamp',
  'JMSCorrelationID',
  'JMSType',
]

/**
 * Checks that a selector may read what has this name.
 *
 * @throws {@link InvalidSelectorError}
 */
export function checkName(selector: string, name: string, offset: number): void {
  if (!/^JMS(?![X_])/.test(name) || HEADERS.includes(name)) return
  throw selectorError(
    selector,
    offset,
    `a selector cannot read "${name}" (the headers it can read are ${HEADERS.join(', ')})`,
  )
}

/**
 * Checks that a term can be true or false.
 *
 * @param where where it stands, for the message, such as `before AND`
 * @throws {@link InvalidSelectorError}
 */
export function expectCondition(selector: string, term: Term, where: string): void {
  if (term.type !== 'boolean' && term.type !== 'any') throw mismatch(selector, term, `a condition ${where}`)
}

/** Checks that a term can be a number, as arithmetic, `<` and BETWEEN need it (JMS 3.1 §3.8.1.1). */
export function expectNumber(selector: string, term: Term, where: string): void {
  if (term.type !== 'number' && term.type !== 'any') throw mismatch(selector, term, `a number ${where}`)
}

/** Checks that a term is a bare name, as LIKE, IN and IS NULL need it (JMS 3.1 §3.8.1.1). */
export function expectIdentifier(selector: string, term: Term, where: string): Identifier {
  if (term.expression.kind !== 'identifier') throw mismatch(selector, term, `the name of a property or header ${where}`)
  return term.expression
}

function mismatch(selector: string, term: Term, expected: string): Error {
  return selectorError(selector, term.offset, `expected ${expected} but found ${DESCRIPTIONS[term.type]}`)
}
