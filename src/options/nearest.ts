/**
 * The known name closest to a mistaken one, for "did you mean" in errors; undefined when none is close.
 */
export function nearestName(mistaken: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.floor(mistaken.length / 3)) + 1
  for (const name of known) {
    const distance = editDistance(mistaken.toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** ` (did you mean X?)`, or what is known when nothing is close. */
export function suggestName(mistaken: string, known: Iterable<string>): string {
  const names = [...known]
  const nearest = nearestName(mistaken, names)
  return nearest === undefined ? `known: ${names.join(', ')}` : `did you mean ${nearest}?`
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
