import type { Expression, SelectorValue } from '../../../src/selector/index.ts'

/** A second evaluator, written for likeness to JMS 3.1 §3.8.1 and not for speed: longs are always bigints, doubles always wrapped. */
type Value = { readonly long: bigint } | { readonly double: number } | string | boolean | { readonly unlike: true }
type Properties = Readonly<Record<string, SelectorValue | undefined>>

const NULL: unique symbol = Symbol('NULL')
type Truth = boolean | typeof NULL

export function referenceMatches(expression: Expression, properties: Properties): boolean {
  return truth(expression, properties) === true
}

function truth(e: Expression, p: Properties): Truth {
  switch (e.kind) {
    case 'and':
      return e.operands
        .map((operand) => truth(operand, p))
        .reduce((l, r) => (l === false || r === false ? false : l === NULL || r === NULL ? NULL : true))
    case 'or':
      return e.operands
        .map((operand) => truth(operand, p))
        .reduce((l, r) => (l === true || r === true ? true : l === NULL || r === NULL ? NULL : false))
    case 'not':
      return negate(truth(e.operand, p))
    case 'comparison':
      return comparison(e.operator, value(e.left, p), value(e.right, p))
    case 'between': {
      const both: Expression = e.negated
        ? { kind: 'or', operands: [compared('<', e.value, e.low), compared('>', e.value, e.high)] }
        : { kind: 'and', operands: [compared('>=', e.value, e.low), compared('<=', e.value, e.high)] }
      return truth(both, p)
    }
    case 'in': {
      const equals = e.values.map((text) => compared('=', e.operand, { kind: 'literal', value: text }))
      const any = truth({ kind: 'or', operands: equals }, p)
      return e.negated ? negate(any) : any
    }
    case 'like': {
      const subject = value(e.operand, p)
      if (subject === NULL) return NULL
      const matches = typeof subject === 'string' && like([...e.pattern], [...subject])
      return matches !== e.negated
    }
    case 'null':
      return (value(e.operand, p) === NULL) !== e.negated
    default: {
      const result = value(e, p)
      return result === NULL || typeof result === 'boolean' ? result : false
    }
  }
}

function compared(operator: '=' | '<' | '>' | '<=' | '>=', left: Expression, right: Expression): Expression {
  return { kind: 'comparison', operator, left, right }
}

function negate(t: Truth): Truth {
  return t === NULL ? NULL : !t
}

function comparison(operator: string, l: Value | typeof NULL, r: Value | typeof NULL): Truth {
  if (l === NULL || r === NULL) return NULL
  const pair = promoted(l, r)
  if (pair !== undefined) {
    const [x, y] = pair
    return { '=': x === y, '<>': x !== y, '<': x < y, '<=': x <= y, '>': x > y, '>=': x >= y }[operator] ?? false
  }
  if (typeof l !== typeof r || typeof l === 'object') return false
  return operator === '=' ? l === r : operator === '<>' ? l !== r : false
}

function promoted(l: Value, r: Value): readonly [bigint, bigint] | readonly [number, number] | undefined {
  if (typeof l !== 'object' || typeof r !== 'object' || 'unlike' in l || 'unlike' in r) return undefined
  if ('long' in l && 'long' in r) return [l.long, r.long]
  return ['long' in l ? Number(l.long) : l.double, 'long' in r ? Number(r.long) : r.double]
}

function value(e: Expression, p: Properties): Value | typeof NULL {
  switch (e.kind) {
    case 'literal':
      return wrap(e.value)
    case 'identifier':
      return wrap(p[e.name])
    case 'sign': {
      const operand = value(e.operand, p)
      if (operand === NULL) return NULL
      if (typeof operand !== 'object' || 'unlike' in operand) return { unlike: true }
      if (e.sign === '+') return operand
      return 'long' in operand ? { long: BigInt.asIntN(64, -operand.long) } : { double: -operand.double }
    }
    case 'arithmetic':
      return arithmetic(e.operator, value(e.left, p), value(e.right, p))
    default:
      return truth(e, p)
  }
}

function arithmetic(operator: string, l: Value | typeof NULL, r: Value | typeof NULL): Value | typeof NULL {
  if (l === NULL || r === NULL) return NULL
  const pair = promoted(l, r)
  if (pair === undefined) return { unlike: true }
  if (typeof pair[0] === 'bigint' && typeof pair[1] === 'bigint') {
    const [x, y] = pair
    if (operator === '/' && y === 0n) return NULL
    return {
      long: BigInt.asIntN(64, operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : x / y),
    }
  }
  const [x, y] = pair.map(Number) as [number, number]
  return { double: operator === '+' ? x + y : operator === '-' ? x - y : operator === '*' ? x * y : x / y }
}

function wrap(v: SelectorValue | undefined): Value | typeof NULL {
  if (v === undefined) return NULL
  if (typeof v === 'bigint') return { long: v }
  if (typeof v === 'number') return Number.isSafeInteger(v) && !Object.is(v, -0) ? { long: BigInt(v) } : { double: v }
  if (typeof v === 'object')
    return v.type === 'double' || v.type === 'float' ? { double: Number(v.value) } : { long: BigInt(v.value) }
  return v
}

/** LIKE by definition, with exponential cost. */
export function like(pattern: readonly string[], text: readonly string[]): boolean {
  const [first, ...rest] = pattern
  if (first === undefined) return text.length === 0
  if (first === '%') return like(rest, text) || (text.length > 0 && like(pattern, text.slice(1)))
  return text.length > 0 && (first === '_' || first === text[0]) && like(rest, text.slice(1))
}
