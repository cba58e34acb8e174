/**
 * What options have to be. A small validator of our own: a library for it weighs more than all options together, and
 * every page would load it.
 */

/** Gives the value back, defaults filled in, or throws a {@link Mismatch}. */
export type Schema<T> = (value: unknown) => T

/** What a schema gives. */
export type Output<S> = S extends Schema<infer T> ? T : never

/** Why a value is not what it should be. The value itself is not in it, as it may be secret. */
export class Mismatch extends Error {
  /** From the outside in. */
  path: readonly string[] = []
  /** The names that there are, when the last of `path` is none of them. */
  readonly known: readonly string[] | undefined

  constructor(message: string, known?: readonly string[]) {
    super(message)
    this.known = known
  }
}

interface Range {
  readonly min?: number
  readonly max?: number
}

export const boolean: Schema<boolean> = kind('a boolean', (value) => typeof value === 'boolean')
export const unknown: Schema<unknown> = (value) => value

export function string(length: Range = {}): Schema<string> {
  const text = kind<string>('a string', (value) => typeof value === 'string')
  return (value) => within(text(value), text(value).length, length, ' characters')
}

/** Finite. */
export function number(range: Range = {}): Schema<number> {
  const finite = kind<number>('a number', Number.isFinite)
  return (value) => within(finite(value), finite(value), range, '')
}

export function integer(range: Range = {}): Schema<number> {
  const exact = kind<number>('an integer', Number.isSafeInteger)
  return (value) => within(exact(value), exact(value), range, '')
}

export function array<T>(item: Schema<T>, length: Range = {}): Schema<T[]> {
  const list = kind<unknown[]>('an array', Array.isArray)
  return (value) => {
    const items = list(value).map((each, index) => at(String(index), () => item(each)))
    return within(items, items.length, length, ' entries')
  }
}

export function oneOf<const T extends string>(...values: readonly T[]): Schema<T> {
  return kind(values.join(' or '), (value) => values.includes(value as T))
}

/** The first schema that takes the value counts; `expected` says what they take together. */
export function either<A, B>(expected: string, first: Schema<A>, second: Schema<B>): Schema<A | B> {
  return (value) => {
    for (const schema of [first, second]) {
      try {
        return schema(value)
      } catch (error) {
        // What is inside an object is worth more than that it is the wrong alternative.
        if (error instanceof Mismatch && error.path.length > 0) throw error
      }
    }
    throw new Mismatch(`expected ${expected}`)
  }
}

/** Anything that `test` is true of. */
export function kind<T>(expected: string, test: (value: unknown) => boolean): Schema<T> {
  return (value) => {
    if (test(value)) return value as T
    throw new Mismatch(`expected ${expected}`)
  }
}

export function optional<T>(schema: Schema<T>): Schema<T | undefined> {
  return (value) => (value === undefined ? undefined : schema(value))
}

export function withDefault<T>(schema: Schema<T>, otherwise: T): Schema<T> {
  return (value) => (value === undefined ? otherwise : schema(value))
}

type Shape = Readonly<Record<string, Schema<unknown>>>
type Fields<S extends Shape> = { [Name in keyof S]: Output<S[Name]> }

/** An object with these fields; others are an error. What is undefined is left out. */
export function object<S extends Shape>(shape: S): Schema<Fields<S>> {
  const loose = looseObject(shape)
  return (value) => {
    const fields = loose(value)
    const stray = Object.keys(value as object).find((name) => !Object.hasOwn(shape, name))
    if (stray === undefined) return fields
    const mismatch = new Mismatch('unknown', Object.keys(shape))
    mismatch.path = [stray]
    throw mismatch
  }
}

/** The same, but other fields are passed over. */
export function looseObject<S extends Shape>(shape: S): Schema<Fields<S>> {
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Mismatch('expected an object')
    const fields: Record<string, unknown> = {}
    for (const [name, schema] of Object.entries(shape)) {
      const field = at(name, () => schema((value as Record<string, unknown>)[name]))
      if (field !== undefined) fields[name] = field
    }
    return fields as Fields<S>
  }
}

function within<T>(value: T, measure: number, { min, max }: Range, unit: string): T {
  if (min !== undefined && measure < min) throw new Mismatch(`expected at least ${min}${unit}`)
  if (max !== undefined && measure > max) throw new Mismatch(`expected at most ${max}${unit}`)
  return value
}

function at<T>(name: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof Mismatch) error.path = [name, ...error.path]
    throw error
  }
}
