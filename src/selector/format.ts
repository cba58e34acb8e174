import { parseSelector } from './parser.ts'
import type { Expression } from './syntax-tree.ts'
import { isExactNumber, type SelectorValue } from './values.ts'

/**
 * Writes a selector in the form all brokers read alike: every operation that is part of another stands in parentheses,
 * keywords are in upper case, numbers are decimal and without suffix.
 *
 * ActiveMQ and Artemis read `NOT a = 1` as `(NOT a) = 1` and take `--` for the start of a comment, so both differ from
 * JMS 3.1 §3.8.1; what this gives, `NOT (a = 1)` and `a - (-b)`, means the same to them. What it cannot mend is how a
 * broker evaluates: `a <> 1` is true there when the message has no `a`, and exact division is done in double.
 *
 * Parsing the result gives an equal tree.
 */
export function formatSelector(expression: Expression): string {
  switch (expression.kind) {
    case 'literal':
      return formatLiteral(expression.value)
    case 'identifier':
      return expression.name
    case 'sign':
      return `${expression.sign}${formatSigned(expression.operand)}`
    case 'arithmetic':
    case 'comparison':
      return `${formatOperand(expression.left)} ${expression.operator} ${formatOperand(expression.right)}`
    case 'between':
      return `${formatOperand(expression.value)}${negation(expression)} BETWEEN ${formatOperand(expression.low)} AND ${formatOperand(expression.high)}`
    case 'in':
      return `${expression.operand.name}${negation(expression)} IN (${expression.values.map(formatString).join(', ')})`
    case 'like': {
      const suffix = expression.escape === undefined ? '' : ` ESCAPE ${formatString(expression.escape)}`
      return `${expression.operand.name}${negation(expression)} LIKE ${formatString(expression.pattern)}${suffix}`
    }
    case 'null':
      return `${expression.operand.name} IS${negation(expression)} NULL`
    case 'not':
      return `NOT ${inParentheses(expression.operand)}`
    case 'and':
    case 'or':
      return expression.operands.map(formatOperand).join(` ${expression.kind.toUpperCase()} `)
  }
}

/**
 * Rewrites a selector text by {@link formatSelector}; an empty or blank one becomes the empty string.
 *
 * @throws {@link InvalidSelectorError} when the text does not follow JMS 3.1 §3.8.1
 *
 * @example
 * ```ts
 * normalizeSelector("not color = 'red' and size > 0x10") // "(NOT (color = 'red')) AND (size > 16)"
 * ```
 */
export function normalizeSelector(text: string): string {
  const expression = parseSelector(text)
  return expression === undefined ? '' : formatSelector(expression)
}

function formatOperand(expression: Expression): string {
  const isAtom = expression.kind === 'literal' || expression.kind === 'identifier'
  return isAtom ? formatSelector(expression) : inParentheses(expression)
}

/** A number in parentheses, else it would take the sign for its own. */
function formatSigned(expression: Expression): string {
  return expression.kind === 'literal' ? inParentheses(expression) : formatOperand(expression)
}

function inParentheses(expression: Expression): string {
  return `(${formatSelector(expression)})`
}

function negation(expression: { readonly negated: boolean }): string {
  return expression.negated ? ' NOT' : ''
}

function formatLiteral(value: SelectorValue): string {
  if (typeof value === 'string') return formatString(value)
  if (typeof value === 'boolean') return value ? 'TRUE' : 'FALSE'
  if (typeof value === 'object') return formatTyped(value.type, value.value)
  return typeof value === 'bigint' || isExactNumber(value) ? String(value) : formatDouble(value)
}

function formatTyped(type: string, value: number | bigint): string {
  return type === 'double' || type === 'float' ? formatDouble(Number(value)) : String(value)
}

/** With a point or an exponent, else it would be read as exact. */
function formatDouble(value: number): string {
  if (Object.is(value, -0)) return '-0.0'
  const text = String(value).toUpperCase()
  return /[.E]/.test(text) ? text : `${text}.0`
}

function formatString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`
}
