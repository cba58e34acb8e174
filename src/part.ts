import { ConnectionError } from './errors.ts'

/**
 * A part of the library that is loaded when it is first used: no page downloads what it has no use for. Give what to do
 * with it; from the second time on that is done at once.
 *
 * @throws ConnectionError when it cannot be loaded. The next use tries again; browsers do so since 2026 only, before that they
 *   remember the failure for as long as the page lives.
 */
export function part<Part>(
  name: string,
  load: () => Promise<Part>,
): <Result>(use: (part: Part) => Result) => Result | Promise<Awaited<Result>> {
  let loaded: Part | undefined
  const loading = async (): Promise<Part> => {
    try {
      loaded = await load()
      return loaded
    } catch (cause) {
      throw new ConnectionError(
        `the code for ${name} could not be loaded; serve every file of the build that this page was made with, then load the page again`,
        { cause },
      )
    }
  }
  return <Result>(use: (part: Part) => Result) =>
    loaded === undefined ? (loading().then(use) as Promise<Awaited<Result>>) : use(loaded)
}
