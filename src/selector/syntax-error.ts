import { InvalidSelectorError } from '../errors.ts'

/** How much of a long selector is shown on each side of the mistake, in characters. */
const CONTEXT = 40

/**
 * An {@link InvalidSelectorError} whose message says what is wrong, at which column, and points at it:
 *
 * ```text
 * expected a value after "=" but found end of selector at column 8
 *   color =
 *          ^
 * ```
 *
 * @param selector the whole selector text
 * @param offset index of the first wrong UTF-16 unit; the column is one more
 * @param problem what is wrong, without the place
 */
export function selectorError(selector: string, offset: number, problem: string): InvalidSelectorError {
  const column = offset + 1
  return new InvalidSelectorError(selector, `${problem} at column ${column}\n${pointAt(selector, offset)}`, { column })
}

function pointAt(selector: string, offset: number): string {
  const start = Math.max(0, offset - CONTEXT)
  const end = Math.min(selector.length, offset + CONTEXT)
  const before = `${start > 0 ? '…' : ''}${oneLine(selector.slice(start, offset))}`
  const after = `${oneLine(selector.slice(offset, end))}${end < selector.length ? '…' : ''}`
  return `  ${before}${after}\n  ${' '.repeat([...before].length)}^`
}

/** Control characters would break the picture, or a terminal. */
function oneLine(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ')
}
