import type { ArithmeticOperator } from './arithmetic.ts'
import type { ComparisonOperator } from './comparison.ts'
import type { SelectorValue } from './values.ts'

/** A header field or property by name. */
export interface Identifier {
  readonly kind: 'identifier'
  readonly name: string
}

/** A string, number or boolean that stands in the selector; a number keeps its sign, `-5` is one literal. */
export interface Literal {
  readonly kind: 'literal'
  readonly value: SelectorValue
}

/**
 * A selector as a tree, without parentheses and whitespace (JMS 3.1 §3.8.1.1).
 *
 * A chain of ANDs or ORs is one node, so that a selector with thousands of them is not thousands of levels deep.
 */
export type Expression =
  | Literal
  | Identifier
  | { readonly kind: 'sign'; readonly sign: '+' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'arithmetic'
      readonly operator: ArithmeticOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'comparison'
      readonly operator: ComparisonOperator
      readonly left: Expression
      readonly right: Expression
    }
  | {
      readonly kind: 'between'
      readonly negated: boolean
      readonly value: Expression
      readonly low: Expression
      readonly high: Expression
    }
  | { readonly kind: 'in'; readonly negated: boolean; readonly operand: Identifier; readonly values: readonly string[] }
  | {
      readonly kind: 'like'
      readonly negated: boolean
      readonly operand: Identifier
      readonly pattern: string
      readonly escape: string | undefined
    }
  | { readonly kind: 'null'; readonly negated: boolean; readonly operand: Identifier }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] }

/** The names of all header fields and properties an expression reads, in the order of their first use. */
export function identifiersOf(expression: Expression): ReadonlySet<string> {
  const names = new Set<string>()
  collect(expression, names)
  return names
}

function collect(expression: Expression, names: Set<string>): void {
  if (expression.kind === 'identifier') names.add(expression.name)
  for (const child of childrenOf(expression)) collect(child, names)
}

function childrenOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case 'literal':
    case 'identifier':
      return []
    case 'arithmetic':
    case 'comparison':
      return [expression.left, expression.right]
    case 'between':
      return [expression.value, expression.low, expression.high]
    case 'sign':
    case 'not':
    case 'in':
    case 'like':
    case 'null':
      return [expression.operand]
    case 'and':
    case 'or':
      return expression.operands
  }
}
