import { MessageFormatError } from '../errors.ts'
import type { PropertyInput } from './message-data.ts'
import { RESERVED_WORDS } from './reserved-words.ts'
import { isTypedNumber } from './typed-number.ts'

const RESERVED: ReadonlySet<string> = new Set(RESERVED_WORDS)

/** `JMSX` names that an application may set (JMS 3.1 §3.5.9); they become the fields groupId and groupSequence. */
const SETTABLE_JMSX: ReadonlySet<string> = new Set(['JMSXGroupID', 'JMSXGroupSeq'])

const IDENTIFIER = /^[\p{L}\p{Nl}$_\p{Pc}\p{Sc}][\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}$_\p{Pc}\p{Sc}]*$/u

/** Names found valid before; bounded, because names come from applications. */
const validNames = new Set<string>()
const VALID_NAMES_LIMIT = 1_000

/**
 * Checks names and values of application properties and returns a frozen copy.
 *
 * @throws MessageFormatError for a name that is no Java identifier or is reserved (JMS 3.1 §3.5.1), or a value that is
 * no boolean, number, bigint within 64 bits or string
 * @internal
 */
export function checkProperties(
  properties: Readonly<Record<string, PropertyInput>>,
): Readonly<Record<string, PropertyInput>> {
  const copy: Record<string, PropertyInput> = {}
  for (const name of Object.keys(properties)) {
    const value = properties[name]
    if (!validNames.has(name)) checkName(name)
    if (value === undefined) continue
    copy[name] = checkValue(name, value)
  }
  return Object.freeze(copy)
}

function checkName(name: string): void {
  if (!IDENTIFIER.test(name)) {
    throw new MessageFormatError(
      `the property name ${JSON.stringify(name)} is not a Java identifier (JMS 3.1 §3.5.1); use letters, digits, _ and $`,
    )
  }
  if (RESERVED.has(name.toUpperCase())) {
    throw new MessageFormatError(`the property name ${name} is a reserved word of selectors; choose another`)
  }
  if (name.startsWith('JMS') && !name.startsWith('JMS_') && !SETTABLE_JMSX.has(name)) {
    throw new MessageFormatError(`the property name ${name} is reserved for the provider (JMS 3.1 §3.5.1)`)
  }
  if (validNames.size < VALID_NAMES_LIMIT) validNames.add(name)
}

function checkValue(name: string, value: PropertyInput): PropertyInput {
  switch (typeof value) {
    case 'boolean':
    case 'number':
    case 'string':
      return value
    case 'bigint':
      if (BigInt.asIntN(64, value) !== value) {
        throw new MessageFormatError(`the property ${name} does not fit a 64-bit long`)
      }
      return value
    default:
      if (isTypedNumber(value)) return value
      throw new MessageFormatError(
        `the property ${name} is ${value === null ? 'null' : typeof value}; a property is a boolean, number, bigint or string. Put other data into the body, dates as ms or ISO text`,
      )
  }
}
