/** What may come before the `:` of a URI (RFC 3986 §3.1). */
const SCHEME = /^([a-z][a-z0-9+.-]*):/i

/** The scheme a text begins with, in lower case; undefined without one. */
export function schemeOf(text: string): string | undefined {
  return SCHEME.exec(text)?.[1]?.toLowerCase()
}
