import { InvalidUriError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { schemeOf } from './uri-scheme.ts'
import { isPlainWebSocket, withProtocol } from './websocket-uri.ts'

/** The text of one URI, its credentials taken out. */
export interface UriText {
  /** Lower case, without the colon. */
  readonly scheme: string
  /** Still as written, without the `@`; undefined when there are none. */
  readonly userinfo: string | undefined
  /** The URI without credentials. */
  readonly bare: string
}

const HOST_AND_PORT = /^(\[[\da-f:.]+\]|[^\s/?#@:,()[\]%<>\\^|`{}"]+)(:\d+)?$/i
/** A path without fragment, and a query of `name=value`. */
const PATH_AND_QUERY = /^[^?#]*(\?[\w.-]+=[^&#]*(&[\w.-]+=[^&#]*)*)?$/
const USER_AND_PASSWORD = /^[^/?#:]*:/
const ENDS_AUTHORITY = /[/?#]/
const ESCAPE = /%[\da-f]{2}/i
const BROKEN_ESCAPE = /%(?![\da-f]{2})/i
const LARGEST_PORT = 65_535

/**
 * Takes the credentials out of a URI. A password may hold `#`, `/`, `?`, `@` and `:` as they are: where the text up to
 * the first of `/ ? #` is no host and port, or what follows is no path and query, everything up to the last `@` is
 * credentials.
 *
 * @throws InvalidUriError when both readings make sense
 */
export function splitCredentials(text: string, scheme: string): UriText {
  // As the URL standard does: these are remnants of wrapped lines.
  const rest = text.slice(scheme.length + 1).replace(/[\t\n\r]/g, '')
  if (!rest.startsWith('//')) return { scheme, userinfo: undefined, bare: `${scheme}:${rest}` }
  const at = credentialsEnd(rest.slice(2), scheme)
  return {
    scheme,
    userinfo: at < 0 ? undefined : rest.slice(2, 2 + at),
    bare: `${scheme}://${rest.slice(2 + at + 1)}`,
  }
}

/** Index of the `@` that ends the credentials, −1 when there are none. */
function credentialsEnd(text: string, scheme: string): number {
  const { authority, rest } = splitAuthority(text)
  const standard = authority.lastIndexOf('@')
  const last = text.lastIndexOf('@')
  if (last === standard) return standard
  const standardMakesSense = isHostAndPort(authority.slice(standard + 1)) && PATH_AND_QUERY.test(rest)
  const lastMakesSense =
    USER_AND_PASSWORD.test(text.slice(0, last)) && isHostAndPort(splitAuthority(text.slice(last + 1)).authority)
  if (standardMakesSense && lastMakesSense) {
    throw new InvalidUriError(
      `the ${scheme}: URI can be read in two ways: write an @ behind the host as %40, and / ? # @ of a password as %2F %3F %23 %40, or use the username and password options`,
    )
  }
  return lastMakesSense ? last : standard
}

function splitAuthority(text: string): { readonly authority: string; readonly rest: string } {
  const end = text.search(ENDS_AUTHORITY)
  return end < 0 ? { authority: text, rest: '' } : { authority: text.slice(0, end), rest: text.slice(end) }
}

function isHostAndPort(text: string): boolean {
  const match = HOST_AND_PORT.exec(text)
  return match !== null && Number((match[2] ?? ':').slice(1)) <= LARGEST_PORT
}

/**
 * The credentials of a URI. `%XX` stands for a character; a `%` that begins no such escape stands for itself.
 *
 * @throws InvalidUriError when escapes stand beside characters that whoever escapes would have escaped
 */
export function decodeCredentials(userinfo: string | undefined, scheme: string): Credentials {
  if (userinfo === undefined || userinfo === '') return {}
  const isLiteral = BROKEN_ESCAPE.test(userinfo)
  if (ESCAPE.test(userinfo) && (isLiteral || ENDS_AUTHORITY.test(userinfo))) {
    throw new InvalidUriError(
      `the credentials in the ${scheme}: URI are percent-encoded in part only, so that %XX in them can be read in two ways; write % as %25, / as %2F, ? as %3F and # as %23, or use the username and password options`,
    )
  }
  const colon = userinfo.indexOf(':')
  const username = colon < 0 ? userinfo : userinfo.slice(0, colon)
  const password = colon < 0 ? '' : userinfo.slice(colon + 1)
  if (isLiteral) return { username, password }
  try {
    return { username: decodeURIComponent(username), password: decodeURIComponent(password) }
  } catch {
    throw new InvalidUriError(
      `the credentials in the ${scheme}: URI are not percent-encoded UTF-8; write % as %25, or use the username and password options`,
    )
  }
}

/**
 * What tells endpoints apart: `scheme://host:port` in lower case, or `scheme:name`, without credentials and options.
 *
 * @throws InvalidUriError when credentials and host cannot be told apart
 */
export function endpointName(text: string): string {
  const trimmed = text.trim()
  const written = schemeOf(trimmed) ?? ''
  const uri = splitCredentials(trimmed, written)
  const { scheme, bare } = isPlainWebSocket(written) ? withProtocol(uri.bare, written) : uri
  const network = `${scheme}://`
  return bare.startsWith(network)
    ? network + splitAuthority(bare.slice(network.length)).authority.toLowerCase()
    : bare.replace(/[?#].*$/s, '')
}
