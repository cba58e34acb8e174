/** In place of `part.ts` in files for script tags, which have all parts in them: there is nothing to load. */
export function part<Part>(loaded: () => Part): <Result>(use: (part: Part) => Result) => Result {
  return (use) => use(loaded())
}
