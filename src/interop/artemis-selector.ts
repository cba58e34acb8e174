import { type Expression, formatSelector, type Identifier, parseSelector } from '../selector/index.ts'

/**
 * Artemis reads headers in the selector of a topic consumer by its own names only; for queues it translates itself.
 */
const HEADERS: Readonly<Record<string, string>> = {
  JMSPriority: 'AMQPriority',
  JMSTimestamp: 'AMQTimestamp',
  JMSDeliveryMode: 'AMQDurable',
  JMSMessageID: 'AMQUserID',
}

const DELIVERY_MODES: Readonly<Record<string, string>> = { PERSISTENT: 'DURABLE', NON_PERSISTENT: 'NON_DURABLE' }

/** A selector with Artemis's own names of headers. */
export function artemisSelector(selector: string): string {
  const expression = parseSelector(selector)
  return expression === undefined ? selector : formatSelector(translate(expression))
}

function translate(expression: Expression): Expression {
  switch (expression.kind) {
    case 'literal':
      return expression
    case 'identifier':
      return rename(expression)
    case 'sign':
    case 'not':
      return { ...expression, operand: translate(expression.operand) }
    case 'arithmetic':
      return { ...expression, left: translate(expression.left), right: translate(expression.right) }
    case 'comparison':
      return {
        ...expression,
        left: translateBeside(expression.left, expression.right),
        right: translateBeside(expression.right, expression.left),
      }
    case 'between':
      return {
        ...expression,
        value: translate(expression.value),
        low: translate(expression.low),
        high: translate(expression.high),
      }
    case 'in': {
      const values = isDeliveryMode(expression.operand) ? expression.values.map(translateMode) : expression.values
      return { ...expression, operand: rename(expression.operand), values }
    }
    case 'like':
    case 'null':
      return { ...expression, operand: rename(expression.operand) }
    case 'and':
    case 'or':
      return { ...expression, operands: expression.operands.map(translate) }
  }
}

/** One side of a comparison: a literal beside the delivery mode is a delivery mode. */
function translateBeside(expression: Expression, other: Expression): Expression {
  if (expression.kind !== 'literal' || !isDeliveryMode(other) || typeof expression.value !== 'string') {
    return translate(expression)
  }
  return { ...expression, value: translateMode(expression.value) }
}

function isDeliveryMode(expression: Expression): boolean {
  return expression.kind === 'identifier' && expression.name === 'JMSDeliveryMode'
}

function translateMode(mode: string): string {
  return DELIVERY_MODES[mode] ?? mode
}

function rename(identifier: Identifier): Identifier {
  return { ...identifier, name: HEADERS[identifier.name] ?? identifier.name }
}
