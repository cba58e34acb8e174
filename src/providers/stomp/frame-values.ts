import {
  type Destination,
  type DestinationKind,
  holdsControlCharacter,
  makeDestination,
} from '../../message/destination.ts'

/** Values as headers have them. What has no meaning is undefined: a message is not lost for it. */

/** A destination by its name; undefined for a name that none can have. */
export function destinationNamed(kind: DestinationKind, name: string): Destination | undefined {
  return name === '' || holdsControlCharacter(name) ? undefined : makeDestination(kind, name)
}

/** An integer; undefined when there is none. */
export function integerOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^-?\d{1,16}$/.test(text)) return undefined
  return Number(text)
}

/** A time in ms; undefined for none, which is also written 0. */
export function timeOf(text: string | undefined): number | undefined {
  const time = integerOf(text)
  return time === undefined || time <= 0 ? undefined : time
}
