/** No protocol that a page can speak has brokers tell of others. */
export function toldEndpoints(): undefined {
  return undefined
}
