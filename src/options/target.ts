import { InvalidUriError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { suggestName } from './nearest.ts'

/** One endpoint of a target, taken apart. */
export interface Endpoint {
  /** The URI without its credentials. */
  readonly uri: URL
  /** Without the colon, for example `amqps`. */
  readonly scheme: string
  /** Credentials that stood in the URI. */
  readonly credentials: Credentials
  /** What errors and events call it: scheme, host and port, never credentials. */
  readonly name: string
  readonly encrypted: boolean
  readonly loopback: boolean
}

/** What is known of a URI scheme before its provider is loaded. */
export interface SchemeInfo {
  readonly encrypted: boolean
  /** Whether it leaves the process at all. */
  readonly network: boolean
  /** Options that may stand in the URI's query, and what they mean. */
  readonly uriOptions: Readonly<Record<string, string>>
}

/**
 * Takes a connection target apart into its endpoints and checks everything that can be checked without a network.
 *
 * @throws InvalidUriError naming the part that is wrong, and the nearest known scheme or option
 */
export function parseTarget(
  target: string | readonly string[],
  schemes: ReadonlyMap<string, SchemeInfo>,
): readonly Endpoint[] {
  const texts = typeof target === 'string' ? [target] : target
  if (!Array.isArray(texts) || texts.length === 0) {
    throw new InvalidUriError('connect() needs a URI, such as amqps://host or memory:name, or a list of them')
  }
  return texts.map((text) => parseEndpoint(text, schemes))
}

function parseEndpoint(text: unknown, schemes: ReadonlyMap<string, SchemeInfo>): Endpoint {
  if (typeof text !== 'string') {
    throw new InvalidUriError(`a connection target is a string such as amqps://host, not ${typeof text}`)
  }
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text.trim())?.[1]?.toLowerCase()
  if (scheme === undefined) {
    throw new InvalidUriError(
      `the connection target has no scheme; write amqps://HOST, amqp://localhost or memory:NAME`,
    )
  }
  const info = schemes.get(scheme)
  if (info === undefined) {
    throw new InvalidUriError(`unknown scheme ${scheme}: in a connection URI; ${suggestName(scheme, schemes.keys())}`)
  }
  const uri = parseUrl(text.trim(), scheme)
  if (info.network && uri.hostname === '') {
    throw new InvalidUriError(`the ${scheme}: URI names no host; write ${scheme}://HOST:PORT`)
  }
  for (const name of uri.searchParams.keys()) {
    if (!Object.hasOwn(info.uriOptions, name)) {
      throw new InvalidUriError(
        `unknown option ${name} in the ${scheme}: URI; ${suggestName(name, Object.keys(info.uriOptions))}`,
      )
    }
  }
  const credentials = credentialsOf(uri, scheme)
  uri.username = ''
  uri.password = ''
  return {
    uri,
    scheme,
    credentials,
    name: info.network ? `${scheme}://${uri.host}` : `${scheme}:${uri.pathname}`,
    encrypted: info.encrypted,
    loopback: !info.network || isLoopback(uri.hostname),
  }
}

/** WHATWG URL treats schemes it does not know as opaque in places; the text is never repeated in an error, for its password. */
function parseUrl(text: string, scheme: string): URL {
  try {
    return new URL(text)
  } catch (cause) {
    throw new InvalidUriError(
      `the ${scheme}: URI is malformed (host, port 1-65535, and percent-encoded credentials are expected); give special characters of a password as %XX or use the password option`,
      // The cause of a URL parse error repeats the input, which may hold a password.
      { cause: cause instanceof TypeError ? new TypeError('Invalid URL') : cause },
    )
  }
}

function credentialsOf(uri: URL, scheme: string): Credentials {
  if (uri.username === '' && uri.password === '') return {}
  try {
    return { username: decodeURIComponent(uri.username), password: decodeURIComponent(uri.password) }
  } catch {
    throw new InvalidUriError(
      `the credentials in the ${scheme}: URI are not percent-encoded; write % as %25, or use the username and password options`,
    )
  }
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
