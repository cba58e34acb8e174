/** `prices.>` as brokers write it that call the rest of the levels `#`. */
export function hashWildcard(name: string): string {
  return name === '>' ? '#' : name.replace(/\.>$/, '.#')
}
