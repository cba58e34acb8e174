/** A comma or white space, and the URI after it. */
const SEPARATOR = /(?:\s*,\s*|\s+)(?=([a-z][a-z0-9+.-]*):(\/\/)?)/gi
/** A `failover:` URI, at the beginning or behind a comma or parenthesis. */
const NESTED = /(?:^|[\s,(])failover:/i

/**
 * Splits a list of URIs, separated by commas or white space. Only one that a URI follows separates, so that a password
 * and the value of an option may hold commas.
 *
 * @param isOpaque - whether URIs of a scheme do without `//`
 */
export function splitUris(text: string, isOpaque: (scheme: string) => boolean): readonly string[] {
  const list = text.trim()
  const hasNested = NESTED.test(list)
  const uris: string[] = []
  let start = 0
  for (const match of list.matchAll(SEPARATOR)) {
    const [separator, scheme = '', slashes] = match
    if (slashes === undefined && !isOpaque(scheme.toLowerCase())) continue
    if (hasNested && depthAt(list, match.index) > 0) continue
    uris.push(list.slice(start, match.index))
    start = match.index + separator.length
  }
  return [...uris, list.slice(start)]
}

/**
 * Index of the parenthesis that closes the one at the text's beginning, −1 when none does. Without a `failover:` URI
 * inside it is the last one, so that a password may hold parentheses; with one they have to balance.
 */
export function closingParenthesis(text: string): number {
  if (!NESTED.test(text)) return text.lastIndexOf(')')
  for (let index = text.indexOf(')'); index >= 0; index = text.indexOf(')', index + 1)) {
    if (depthAt(text, index + 1) === 0) return index
  }
  return -1
}

/** Parentheses that are open before an index. */
function depthAt(text: string, end: number): number {
  let depth = 0
  for (let index = 0; index < end; index++) {
    if (text[index] === '(') depth += 1
    else if (text[index] === ')') depth -= 1
  }
  return depth
}
