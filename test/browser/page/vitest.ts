/** Takes the place of vitest in a page: the part of it that the conformance suite uses. */

type Task = () => unknown

interface Suite {
  readonly names: readonly string[]
  readonly tests: { readonly name: string; readonly run: Task }[]
  readonly suites: Suite[]
  readonly before: Task[]
  readonly afterEach: Task[]
  readonly after: Task[]
}

/** One test of the page; `error` is undefined when it passed. */
export interface Outcome {
  readonly name: string
  readonly error: string | undefined
}

const root = suiteOf([])
let current = root

function suiteOf(names: readonly string[]): Suite {
  return { names, tests: [], suites: [], before: [], afterEach: [], after: [] }
}

const nothing = (): void => {}

export function describe(name: string, register: Task): void {
  const outer = current
  current = suiteOf([...outer.names, name])
  outer.suites.push(current)
  register()
  current = outer
}
describe.skipIf = (skipped: boolean): ((name: string, register: Task) => void) => (skipped ? nothing : describe)

/** Options before the test, or a time-out behind it, mean nothing here. */
export function it(name: string, ...rest: readonly unknown[]): void {
  const run = rest.find((each) => typeof each === 'function') as Task
  current.tests.push({ name: [...current.names, name].join(' > '), run })
}

export const beforeAll = (task: Task): number => current.before.push(task)
export const afterAll = (task: Task): number => current.after.push(task)
export const afterEach = (task: Task): number => current.afterEach.push(task)

/** Runs everything that was registered, one after the other. */
export async function runTests(): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  await runSuite(root, [], outcomes)
  return outcomes
}

async function runSuite(suite: Suite, outerAfterEach: readonly Task[], outcomes: Outcome[]): Promise<void> {
  const afterEachTest = [...suite.afterEach, ...outerAfterEach]
  for (const task of suite.before) await task()
  for (const { name, run } of suite.tests) outcomes.push({ name, error: await failureOf(run, afterEachTest) })
  for (const inner of suite.suites) await runSuite(inner, afterEachTest, outcomes)
  for (const task of suite.after) await task()
}

/** ms that a test may take. */
const LONGEST = 60_000

async function failureOf(run: Task, afterwards: readonly Task[]): Promise<string | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${LONGEST} ms`)), LONGEST)
  })
  try {
    await Promise.race([run(), expired])
    for (const task of afterwards) await task()
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timer)
  }
}

/** Stands in an expected value for all that it is true of. */
class Matching {
  readonly test: (value: unknown) => boolean

  constructor(test: (value: unknown) => boolean) {
    this.test = test
  }
}

type Check = (actual: unknown, ...expected: readonly unknown[]) => boolean
type Constructor = new (...args: never[]) => unknown

const CHECKS: Readonly<Record<string, Check>> = {
  toBe: Object.is,
  toEqual: (actual, expected) => equal(actual, expected),
  toMatchObject: (actual, expected) => contains(actual, expected),
  toBeInstanceOf: (actual, type) => actual instanceof (type as Constructor),
  toThrow: (call, type) => throws(call as Task, type as Constructor | undefined),
  toMatch: (actual, pattern) => (pattern instanceof RegExp ? pattern.test(String(actual)) : includes(actual, pattern)),
  toBeNull: (actual) => actual === null,
  toBeUndefined: (actual) => actual === undefined,
  toBeGreaterThan: (actual, least) => Number(actual) > Number(least),
  toBeGreaterThanOrEqual: (actual, least) => Number(actual) >= Number(least),
  toBeLessThanOrEqual: (actual, most) => Number(actual) <= Number(most),
  toHaveLength: (actual, length) => (actual as { readonly length: number }).length === length,
  toHaveProperty: (actual, name) => name !== undefined && String(name) in (actual as object),
  toContain: includes,
}

type Expectation = Readonly<Record<string, (...expected: readonly unknown[]) => void>>

export function expect(actual: unknown, hint = ''): Expectation & { readonly not: Expectation } {
  return { ...expectation(actual, hint, true), not: expectation(actual, hint, false) } as never
}
expect.fail = (message: string): never => {
  throw new Error(message)
}
expect.stringContaining = (part: string): Matching => new Matching((value) => includes(value, part))
expect.stringMatching = (pattern: RegExp): Matching => new Matching((value) => pattern.test(String(value)))
expect.arrayContaining = (parts: readonly unknown[]): Matching =>
  new Matching((value) => parts.every((part) => (value as readonly unknown[]).some((each) => equal(each, part))))

function expectation(actual: unknown, hint: string, wanted: boolean): Expectation {
  const entries = Object.entries(CHECKS).map(([name, check]) => [
    name,
    (...expected: readonly unknown[]) => {
      if (check(actual, ...expected) === wanted) return
      throw new Error(`${hint} ${describeValue(actual)} ${wanted ? '' : 'not '}${name} ${expected.map(describeValue)}`)
    },
  ])
  return Object.fromEntries(entries)
}

/** As `toEqual` has it: a field that is undefined counts for none, and the class of an object for nothing. */
function equal(actual: unknown, expected: unknown): boolean {
  if (expected instanceof Matching) return expected.test(actual)
  if (Object.is(actual, expected)) return true
  if (!isObject(actual) || !isObject(expected)) return false
  if (Array.isArray(actual) !== Array.isArray(expected)) return false
  if (actual instanceof Uint8Array !== expected instanceof Uint8Array) return false
  const names = new Set([...Object.keys(actual), ...Object.keys(expected)])
  return [...names].every((name) => equal(actual[name], expected[name]))
}

function contains(actual: unknown, expected: unknown): boolean {
  if (!isObject(expected) || expected instanceof Matching || Array.isArray(expected)) return equal(actual, expected)
  return isObject(actual) && Object.entries(expected).every(([name, value]) => contains(actual[name], value))
}

function includes(actual: unknown, part: unknown): boolean {
  if (typeof actual === 'string') return actual.includes(String(part))
  return [...(actual as Iterable<unknown>)].includes(part)
}

function throws(call: Task, type: Constructor | undefined): boolean {
  try {
    call()
    return false
  } catch (error) {
    return type === undefined || error instanceof type
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function describeValue(value: unknown): string {
  return typeof value === 'object'
    ? JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}n` : each))
    : String(value)
}
