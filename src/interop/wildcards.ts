/** `prices.>` as brokers write it that call the rest of the levels `#`. */
export function hashWildcard(name: string): string {
  return name === '>' ? '#' : name.replace(/\.>$/, '.#')
}

/** Whether a topic is one of those that a pattern means: `*` for one level, a final `>` for the rest. */
export function matchesTopic(pattern: string, name: string): boolean {
  const levels = name.split('.')
  const wanted = pattern.split('.')
  const rest = wanted.at(-1) === '>' ? wanted.length - 1 : undefined
  if (rest === undefined ? levels.length !== wanted.length : levels.length < rest) return false
  return wanted.every((level, index) => index === rest || level === '*' || level === levels[index])
}
