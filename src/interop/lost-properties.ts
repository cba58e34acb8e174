import { setOwn } from '../collections/set-own.ts'
import type { PropertyInput, PropertyValue } from '../message/message-data.ts'
import { isTypedNumber, type NumericType } from '../message/typed-number.ts'
import { STOMP_HEADERS } from './rabbitmq-headers.ts'
import { propertyOf, type Types, textOfProperty, typeOfProperty, unusualType } from './types-header.ts'

/** Types that RabbitMQ hands over to STOMP; it drops the others, which then go along as text. */
const STOMP_TYPES: ReadonlySet<string | undefined> = new Set([undefined, 'int', 'long'])

/**
 * Notes what readers over RabbitMQ's other protocols lose of a property: its type, and all of it where it goes along as no
 * header of its own, or as one that STOMP does not get.
 */
export function noteLoss(types: Types, name: string, value: PropertyInput, isHeader: boolean): void {
  const type = typeOfProperty(value)
  if (type !== undefined) {
    types.properties ??= {}
    types.properties[name] = type
  }
  if (isHeader && STOMP_TYPES.has(type) && !STOMP_HEADERS.has(name)) return
  types.hidden ??= {}
  types.hidden[name] = textOfProperty(value)
}

/** Whether it is a number that Erlang has no form for. */
export function isBeyondErlang(value: PropertyInput): boolean {
  const plain = isTypedNumber(value) ? value.value : value
  return typeof plain === 'number' && !Number.isFinite(plain)
}

/** What was read of a message so far. */
export interface ReadProperties {
  properties: Record<string, PropertyValue> | undefined
  propertyTypes: Record<string, NumericType> | undefined
}

/** Gives back what was lost: properties that came along as text, and the types of those that have become text. */
export function restoreLoss(read: ReadProperties, { properties: types, hidden }: Types): void {
  for (const name in hidden) {
    if (read.properties !== undefined && Object.hasOwn(read.properties, name)) continue
    const type = types?.[name]
    addProperty(read, name, propertyOf(String(hidden[name]), type), isNumeric(type) ? type : undefined)
  }
  for (const name in types) {
    const value = read.properties?.[name]
    const type = types[name]
    if (typeof value === 'string') addProperty(read, name, propertyOf(value, type), isNumeric(type) ? type : undefined)
  }
}

/** Adds a property; its type, when it is a number, is kept where a plain number would have another. */
export function addProperty(
  read: ReadProperties,
  name: string,
  value: PropertyValue,
  type: NumericType | undefined,
): void {
  read.properties ??= {}
  setOwn(read.properties, name, value)
  const unusual = type === undefined ? undefined : unusualType(value, type)
  if (unusual === undefined) return
  read.propertyTypes ??= {}
  setOwn(read.propertyTypes, name, unusual)
}

function isNumeric(type: string | undefined): type is NumericType {
  return type !== undefined && type !== 'boolean' && type !== 'string'
}
