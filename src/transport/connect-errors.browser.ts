/** Browsers tell scripts nothing of TLS. */
export function describeTlsFailure(): undefined {
  return undefined
}
