import { MessageFormatError } from '../errors.ts'
import type { Message } from './message.ts'
import type { PropertyInput } from './message-data.ts'
import { inferNumericType, isTypedNumber, type NumericType } from './typed-number.ts'

/** The types a property can be read as. */
export type PropertyType = 'boolean' | NumericType | 'string'

/** The JavaScript type of each property type. */
export interface PropertyTypes {
  /** True or false. */
  boolean: boolean
  /** An 8-bit signed integer. */
  byte: number
  /** A 16-bit signed integer. */
  short: number
  /** A 32-bit signed integer. */
  int: number
  /** A 64-bit signed integer: a number when it is a safe integer, else a bigint. */
  long: number | bigint
  /** A 32-bit floating-point number. */
  float: number
  /** A 64-bit floating-point number. */
  double: number
  /** Any property as text. */
  string: string
}

/** Which conversions JMS 3.1 §3.5.4 allows from each stored type. From a string all are allowed, by parsing. */
const CONVERSIONS: Readonly<Record<Exclude<PropertyType, 'string'>, readonly PropertyType[]>> = {
  boolean: ['boolean', 'string'],
  byte: ['byte', 'short', 'int', 'long', 'string'],
  short: ['short', 'int', 'long', 'string'],
  int: ['int', 'long', 'string'],
  long: ['long', 'string'],
  float: ['float', 'double', 'string'],
  double: ['double', 'string'],
}

const INTEGER_BITS: Readonly<Partial<Record<PropertyType, number>>> = { byte: 8, short: 16, int: 32, long: 64 }

/**
 * Reads a property as one of the JMS types, by the conversion table of JMS 3.1 §3.5.4 (Java's `getIntProperty` and its
 * siblings). Also reads the `JMSX…` names that are fields here: `JMSXGroupID`, `JMSXGroupSeq`, `JMSXUserID`,
 * `JMSXDeliveryCount`. Gives undefined when the message has no such property.
 *
 * @example readProperty(message, 'quantity', 'long')
 * @throws MessageFormatError when the table forbids the conversion, or a text does not parse
 */
export function readProperty<Type extends PropertyType>(
  message: Message,
  name: string,
  type: Type,
): PropertyTypes[Type] | undefined {
  const stored = storedProperty(message, name)
  if (stored === undefined) return undefined
  return convert(stored.value, stored.type, name, type) as PropertyTypes[Type]
}

/** @internal Types of received numeric properties that differ from what a plain number suggests. */
export const receivedPropertyTypes: WeakMap<object, Readonly<Record<string, NumericType>>> = new WeakMap()

interface StoredProperty {
  readonly value: boolean | number | bigint | string
  readonly type: PropertyType
}

function storedProperty(message: Message, name: string): StoredProperty | undefined {
  switch (name) {
    case 'JMSXGroupID':
      return typed(message.groupId)
    case 'JMSXGroupSeq':
      return typed(message.groupSequence)
    case 'JMSXUserID':
      return typed(message.userId)
    case 'JMSXDeliveryCount':
      return message.deliveryCount > 0 ? typed(message.deliveryCount) : undefined
    default: {
      const value = Object.hasOwn(message.properties, name) ? message.properties[name] : undefined
      const type = receivedPropertyTypes.get(message.properties)?.[name]
      return typed(value, type)
    }
  }
}

function typed(value: PropertyInput | undefined, known?: NumericType): StoredProperty | undefined {
  if (value === undefined) return undefined
  if (isTypedNumber(value)) return { value: value.value, type: value.type }
  if (typeof value === 'boolean') return { value, type: 'boolean' }
  if (typeof value === 'string') return { value, type: 'string' }
  return { value, type: known ?? inferNumericType(value) }
}

function convert(value: StoredProperty['value'], from: PropertyType, name: string, to: PropertyType): unknown {
  if (typeof value === 'string') return parse(value, name, to)
  if (!CONVERSIONS[from as Exclude<PropertyType, 'string'>].includes(to)) {
    throw new MessageFormatError(
      `the property ${name} is a ${from}, which JMS does not convert to ${to}; read it as ${CONVERSIONS[from as Exclude<PropertyType, 'string'>].join(', ')}`,
    )
  }
  return to === 'string' ? String(value) : value
}

function parse(text: string, name: string, to: PropertyType): unknown {
  if (to === 'string') return text
  if (to === 'boolean') return text.toLowerCase() === 'true'
  const bits = INTEGER_BITS[to]
  if (bits === undefined) {
    const value = text.trim() === '' ? Number.NaN : Number(text)
    if (Number.isNaN(value) && text !== 'NaN') throw unparsable(text, name, to)
    return to === 'float' ? Math.fround(value) : value
  }
  if (!/^[+-]?\d{1,20}$/.test(text)) throw unparsable(text, name, to)
  const value = BigInt(text)
  if (BigInt.asIntN(bits, value) !== value) throw unparsable(text, name, to)
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function unparsable(text: string, name: string, to: PropertyType): MessageFormatError {
  return new MessageFormatError(
    `the property ${name} holds the text ${JSON.stringify(text.slice(0, 40))}, which is no ${to}`,
  )
}
