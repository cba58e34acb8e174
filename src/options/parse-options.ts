import * as z from 'zod/mini'
import { InvalidOptionError } from '../errors.ts'
import { suggestName } from './nearest.ts'

/** The longest time a timer of the platform can hold: 2³¹−1 ms. */
export const LONGEST_DURATION = 0x7fffffff

/** ms, 0 included. */
export const duration: z.ZodMiniNumber = z.int().check(z.gte(0), z.lte(LONGEST_DURATION))

/** A positive integer, of ms or of things. */
export const limit: z.ZodMiniNumber = z.int().check(z.gte(1), z.lte(LONGEST_DURATION))

/** A part of something: 0 to 1. */
export const fraction: z.ZodMiniNumber = z.number().check(z.gte(0), z.lte(1))

/** A count of tries; −1 for no limit. */
export const tries: z.ZodMiniNumber = z.int().check(z.gte(-1), z.lte(LONGEST_DURATION))

/**
 * Runs a schema over options.
 *
 * @param call - the function that was given the options, for the error
 * @param within - the option that holds these, for example `failover`; empty for the call's own
 * @throws InvalidOptionError with the path of the first option that is wrong
 */
export function parseOptions<Schema extends z.ZodMiniType>(
  call: string,
  schema: Schema,
  options: unknown,
  within: readonly string[] = [],
): z.output<Schema> {
  const result = schema.safeParse(options)
  if (result.success) return result.data
  throw toInvalidOption(call, schema, result.error.issues[0], within)
}

/** What a schema complains of. */
export interface Issue {
  readonly code?: string | undefined
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly keys?: readonly string[]
  readonly expected?: string
  readonly minimum?: number | bigint
  readonly maximum?: number | bigint
  readonly origin?: string
  readonly values?: readonly unknown[]
}

/** An issue in words, without the value that it is about: zod's small build has no texts, and values may be secret. */
export function describeIssue(issue: Issue | undefined): string {
  switch (issue?.code) {
    case 'invalid_type':
      return `expected ${issue.expected === 'int' ? 'an integer' : withArticle(issue.expected ?? 'value')}`
    case 'too_small':
      return `expected at least ${issue.minimum}${unitOf(issue)}`
    case 'too_big':
      return `expected at most ${issue.maximum}${unitOf(issue)}`
    case 'invalid_value':
      return `expected ${issue.values?.map(String).join(' or ')}`
    default:
      return issue?.message ?? 'invalid'
  }
}

function withArticle(noun: string): string {
  return `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

function unitOf(issue: Issue): string {
  if (issue.origin === 'string') return ' characters'
  return issue.origin === 'array' ? ' entries' : ''
}

function toInvalidOption(
  call: string,
  schema: z.ZodMiniType,
  issue: Issue | undefined,
  within: readonly string[],
): InvalidOptionError {
  const path = issue?.path.map(String) ?? []
  if (issue?.code === 'unrecognized_keys' && issue.keys?.[0] !== undefined) {
    const option = [...within, ...path, issue.keys[0]].join('.')
    return new InvalidOptionError(
      option,
      `${call}: unknown option ${option}; ${suggestName(issue.keys[0], knownKeys(schema, path))}`,
    )
  }
  const option = [...within, ...path].join('.') || 'options'
  return new InvalidOptionError(option, `${call}: the option ${option} is wrong: ${describeIssue(issue)}`)
}

function knownKeys(schema: z.ZodMiniType, path: readonly string[]): readonly string[] {
  let current: unknown = schema
  for (const step of path) current = shapeOf(current)?.[step]
  return Object.keys(shapeOf(current) ?? {})
}

/** The shape of an object schema, looking through defaults and optionals. */
function shapeOf(schema: unknown): Record<string, unknown> | undefined {
  const def = (schema as { def?: { shape?: Record<string, unknown>; innerType?: unknown } } | undefined)?.def
  if (def === undefined) return undefined
  return def.shape ?? shapeOf(def.innerType)
}
