import { applySign, calculate } from './arithmetic.ts'
import { and, compare, compareNumbers, NUMBER_TESTS, not } from './comparison.ts'
import { compileLike } from './like.ts'
import { parseSelector } from './parser.ts'
import { type Expression, identifiersOf } from './syntax-tree.ts'
import type { OperandValue, SelectorLookup, SelectorValue, Truth } from './values.ts'

/** A message selector that has been compiled, to be asked about any number of messages. */
export interface Selector {
  /** The text as given. */
  readonly text: string
  /** Names of the header fields and properties it reads. */
  readonly identifiers: ReadonlySet<string>
  /**
   * Whether a message with these header fields and properties matches: the selector is true, not false and not unknown
   * (JMS 3.1 §3.8.1.1). It throws only what `lookup` throws.
   */
  matches(lookup: SelectorLookup): boolean
}

type Condition = (lookup: SelectorLookup) => Truth
type Operand = (lookup: SelectorLookup) => OperandValue

/**
 * Compiles a message selector (JMS 3.1 §3.8.1) into closures; nothing is evaluated as code.
 *
 * An empty or blank text means that there is no selector: every message matches.
 *
 * @throws {@link InvalidSelectorError} with the column of the first mistake
 *
 * @example
 * ```ts
 * const selector = compileSelector("JMSType = 'car' AND color = 'blue' AND weight > 2500")
 * selector.matches((name) => message.properties[name])
 * ```
 */
export function compileSelector(text: string): Selector {
  const expression = parseSelector(text)
  if (expression === undefined) return { text, identifiers: new Set(), matches: () => true }
  const condition = compileCondition(expression)
  return { text, identifiers: identifiersOf(expression), matches: (lookup) => condition(lookup) === true }
}

/** What is not a boolean where a condition stands is not like TRUE, so it is false (JMS 3.1 §3.8.1.1). */
function compileCondition(expression: Expression): Condition {
  switch (expression.kind) {
    case 'comparison':
      return compileComparison(expression)
    case 'between':
      return compileBetween(expression)
    case 'in':
      return compileIn(expression)
    case 'like':
      return compileLikeCondition(expression)
    case 'null':
      return compileNull(expression)
    case 'not': {
      const operand = compileCondition(expression.operand)
      return (lookup) => not(operand(lookup))
    }
    case 'and':
      return allOf(expression.operands)
    case 'or':
      return anyOf(expression.operands)
    case 'literal':
    case 'identifier':
    case 'sign':
    case 'arithmetic': {
      const operand = compileOperand(expression)
      return (lookup) => {
        const value = operand(lookup)
        return value === undefined || typeof value === 'boolean' ? value : false
      }
    }
  }
}

/** JMS 3.1 §3.8.1.2, table 3-4: one false makes an AND false, else one unknown makes it unknown. */
function allOf(operands: readonly Expression[]): Condition {
  const conditions = operands.map(compileCondition)
  return (lookup) => {
    let result: Truth = true
    for (const condition of conditions) {
      const truth = condition(lookup)
      if (truth === false) return false
      if (truth === undefined) result = undefined
    }
    return result
  }
}

/** JMS 3.1 §3.8.1.2, table 3-5: one true makes an OR true, else one unknown makes it unknown. */
function anyOf(operands: readonly Expression[]): Condition {
  const conditions = operands.map(compileCondition)
  return (lookup) => {
    let result: Truth = false
    for (const condition of conditions) {
      const truth = condition(lookup)
      if (truth === true) return true
      if (truth === undefined) result = undefined
    }
    return result
  }
}

function compileComparison(expression: Expression & { readonly kind: 'comparison' }): Condition {
  const { operator } = expression
  const left = compileOperand(expression.left)
  const constant = expression.right.kind === 'literal' ? expression.right.value : undefined
  if (typeof constant === 'number') {
    const test = NUMBER_TESTS[operator]
    return (lookup) => {
      const value = left(lookup)
      return typeof value === 'number' ? test(value, constant) : compareNumbers(test, value, constant)
    }
  }
  if (constant !== undefined) return (lookup) => compare(operator, left(lookup), constant)
  const right = compileOperand(expression.right)
  return (lookup) => compare(operator, left(lookup), right(lookup))
}

/** `NOT BETWEEN` is `< low OR > high` (JMS 3.1 §3.8.1.1), which for a string is false, and not true as `NOT (… BETWEEN …)` is. */
function compileBetween(expression: Expression & { readonly kind: 'between' }): Condition {
  const { negated } = expression
  const value = compileOperand(expression.value)
  const low = compileOperand(expression.low)
  const high = compileOperand(expression.high)
  return (lookup) => {
    const v = value(lookup)
    const l = low(lookup)
    const h = high(lookup)
    if (typeof v === 'number' && typeof l === 'number' && typeof h === 'number') {
      return negated ? v < l || v > h : v >= l && v <= h
    }
    if (!negated) return and(compare('>=', v, l), compare('<=', v, h))
    return not(and(not(compare('<', v, l)), not(compare('>', v, h))))
  }
}

function compileIn(expression: Expression & { readonly kind: 'in' }): Condition {
  const { negated } = expression
  const { name } = expression.operand
  const values: ReadonlySet<SelectorValue> = new Set(expression.values)
  return (lookup) => {
    const value = lookup(name) ?? undefined
    return value === undefined ? undefined : values.has(value) !== negated
  }
}

/** A value that is not a string is like no pattern, so `LIKE` is false and `NOT LIKE` true, just as IN and NOT IN are. */
function compileLikeCondition(expression: Expression & { readonly kind: 'like' }): Condition {
  const { negated } = expression
  const { name } = expression.operand
  const matches = compileLike(expression.pattern, expression.escape)
  return (lookup) => {
    const value = lookup(name) ?? undefined
    if (value === undefined) return undefined
    return (typeof value === 'string' && matches(value)) !== negated
  }
}

function compileNull(expression: Expression & { readonly kind: 'null' }): Condition {
  const { negated } = expression
  const { name } = expression.operand
  return (lookup) => ((lookup(name) ?? undefined) === undefined) !== negated
}

function compileOperand(expression: Expression): Operand {
  switch (expression.kind) {
    case 'literal': {
      const { value } = expression
      return () => value
    }
    case 'identifier': {
      const { name } = expression
      return (lookup) => lookup(name) ?? undefined
    }
    case 'sign': {
      const { sign } = expression
      const operand = compileOperand(expression.operand)
      return (lookup) => applySign(sign, operand(lookup))
    }
    case 'arithmetic': {
      const { operator } = expression
      const left = compileOperand(expression.left)
      const right = compileOperand(expression.right)
      return (lookup) => calculate(operator, left(lookup), right(lookup))
    }
    default:
      return compileCondition(expression)
  }
}
