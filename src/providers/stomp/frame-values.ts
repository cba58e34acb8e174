/** Numbers as headers have them. */

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
