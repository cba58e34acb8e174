import { InvalidUriError } from '../errors.ts'
import type { Credentials } from './credentials.ts'
import { decodeCredentials, splitCredentials, type UriText } from './endpoint-uri.ts'
import { isFailoverOption, optionForError } from './failover-options.ts'
import { suggestName } from './nearest.ts'
import { otherProtocol } from './other-protocols.ts'
import { schemeOf } from './uri-scheme.ts'
import { isPlainWebSocket, PROTOCOL, unknownProtocol, withProtocol } from './websocket-uri.ts'

/** One endpoint of a target, taken apart. */
export interface Endpoint {
  /** The URI without its credentials. */
  readonly uri: URL
  /** Without the colon, for example `amqps`; `ws` and `wss` stand there with the protocol, as `stomp+wss`. */
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
  /** Options that may stand in the URI's query. */
  readonly uriOptions: ReadonlySet<string>
}

/** The schemes that `connect()` understands, by name. */
export type Schemes = ReadonlyMap<string, SchemeInfo>

const HOST_NAME = /^(\[[\da-f:.]+\]|[\w.~-]+)$/i

/**
 * Takes the URI of one endpoint apart. The text is never repeated in an error, for its password.
 *
 * @param nested - options set on every endpoint whose scheme knows them, instead of the URI's own
 * @throws InvalidUriError naming the part that is wrong, and the nearest known scheme or option
 */
export function parseEndpoint(text: string, schemes: Schemes, nested: readonly NestedOption[]): Endpoint {
  const written = schemeOf(text)
  if (written === undefined) {
    throw new InvalidUriError(
      'the connection target has no scheme; write amqps://HOST, amqp://localhost or memory:NAME',
    )
  }
  const { userinfo, bare, scheme } = splitUri(text, written, nested)
  const info = schemes.get(scheme)
  if (info === undefined) throw unknownScheme(scheme, written, schemes)
  const uri = parseUrl(bare, scheme)
  if (info.network) checkHost(uri, scheme)
  checkOptions(uri, scheme, info)
  for (const [name, value] of nested) {
    if (info.uriOptions.has(name)) uri.searchParams.set(name, value)
  }
  return {
    uri,
    scheme,
    credentials: decodeCredentials(userinfo, scheme),
    name: info.network ? `${scheme}://${uri.host}` : `${scheme}:${uri.pathname}`,
    encrypted: info.encrypted,
    loopback: !info.network || isLoopback(uri.hostname),
  }
}

function splitUri(text: string, written: string, nested: readonly NestedOption[]): UriText {
  const uri = splitCredentials(text, written)
  if (!isPlainWebSocket(written)) return uri
  const protocol = nested.find(([name]) => name === PROTOCOL)?.[1]
  return { ...uri, ...withProtocol(uri.bare, written, protocol) }
}

function unknownScheme(scheme: string, written: string, schemes: Schemes): InvalidUriError {
  if (isPlainWebSocket(written)) return unknownProtocol(scheme, schemes.keys())
  const hint = otherProtocol(scheme) ?? suggestName(scheme, [...schemes.keys(), 'ws', 'wss', 'failover'])
  return new InvalidUriError(`unknown scheme ${scheme}: in a connection URI; ${hint}`)
}

/** Name, without `nested.`, and value. */
export type NestedOption = readonly [name: string, value: string]

function parseUrl(bare: string, scheme: string): URL {
  try {
    return new URL(bare)
  } catch {
    // The platform's error repeats the text, which may hold a password.
    throw new InvalidUriError(
      `the ${scheme}: URI is malformed (host, port 1-65535, and percent-encoded credentials are expected); give special characters of a password as %XX or use the password option`,
      { cause: new TypeError('Invalid URL') },
    )
  }
}

function checkHost(uri: URL, scheme: string): void {
  if (uri.hostname === '') throw new InvalidUriError(`the ${scheme}: URI names no host; write ${scheme}://HOST:PORT`)
  if (HOST_NAME.test(uri.hostname)) return
  throw new InvalidUriError(
    `the host in the ${scheme}: URI has characters that no host name has; write several URIs with the scheme of each, as ${scheme}://HOST:PORT,${scheme}://HOST:PORT, and special characters of a password as %XX`,
  )
}

function checkOptions(uri: URL, scheme: string, info: SchemeInfo): void {
  if (uri.hash !== '') {
    throw new InvalidUriError(`the ${scheme}: URI has a fragment, which means nothing here; write # as %23`)
  }
  if (BROKEN_ESCAPE.test(uri.pathname)) {
    throw new InvalidUriError(`the path of the ${scheme}: URI is not percent-encoded; write % as %25`)
  }
  for (const name of uri.searchParams.keys()) {
    if (info.uriOptions.has(name)) continue
    const hint = isFailoverOption(name)
      ? `it is one of failover: URIs; write failover:(${scheme}:…)?${name}=…`
      : suggestName(name, [...info.uriOptions])
    throw new InvalidUriError(`unknown option ${optionForError(name, uri.searchParams)} in the ${scheme}: URI; ${hint}`)
  }
}

const BROKEN_ESCAPE = /%(?![\da-f]{2})/i

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  )
}
