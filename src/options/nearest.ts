/** Known names that an error tells of at most. */
const MOST_NAMES = 40

/** `did you mean X?`, or what is known when nothing is close, the first ones of many. */
export function suggestName(mistaken: string, known: Iterable<string>): string {
  const names = [...known]
  const nearest = nearestName(mistaken, names)
  if (nearest !== undefined) return `did you mean ${nearest}?`
  return `known: ${names.slice(0, MOST_NAMES).join(', ')}${names.length > MOST_NAMES ? ' …' : ''}`
}

/**
 * The known name closest to a mistaken one, or begun by it, for "did you mean" in errors; undefined when none is close.
 */
function nearestName(mistaken: string, names: readonly string[]): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(mistaken.length / 3)) + 1
  for (const name of names) {
    const distance = editDistance(mistaken.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best ?? names.find((name) => isBeginning(mistaken, name))
}

function isBeginning(text: string, name: string): boolean {
  return text.length >= 3 && name.toLowerCase().startsWith(text.toLowerCase())
}

/** Levenshtein distance, cut off at `limit`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      current.push(Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, substitution))
    }
    previous = current
  }
  return previous[b.length] ?? limit
}
