import { InvalidUriError } from '../errors.ts'
import { type Endpoint, type NestedOption, parseEndpoint, type Schemes } from './endpoint.ts'
import { optionForError, parseFailoverQuery, type UriFailoverOptions } from './failover-options.ts'
import { isFailoverUri, nestedName, parseFailoverUri } from './failover-uri.ts'
import { suggestName } from './nearest.ts'
import { splitUris } from './uri-list.ts'
import { schemeOf } from './uri-scheme.ts'
import { isPlainWebSocket, PROTOCOL } from './websocket-uri.ts'

export type { Endpoint, SchemeInfo } from './endpoint.ts'

/**
 * What {@link connect} connects to: a URI, or a list of them.
 *
 * The endpoints of a list are one group, in their order. A list inside the list, and a `failover:` URI inside it, is
 * a group of its own: endpoints of a group are tried only after each one of the groups before it has failed.
 *
 * @example
 * 'amqps://broker.example.com'
 * ['amqps://a.example.com', 'amqps://b.example.com']
 * 'failover:(amqps://a.example.com,amqps://b.example.com)?maxReconnectDelay=5000'
 * 'failover:(ssl://a.example.com:61617,ssl://b.example.com:61617)?jms.clientID=till'
 * [['amqps://a.eu.example.com', 'amqps://b.eu.example.com'], ['amqps://a.us.example.com', 'amqps://b.us.example.com']]
 */
export type ConnectTarget = string | readonly (string | readonly string[])[]

/** A connection target, taken apart. */
export interface Target {
  /** At least one group, each with at least one endpoint. */
  readonly groups: readonly (readonly Endpoint[])[]
  /** Options that stood in `failover:` URIs. */
  readonly failover: UriFailoverOptions
}

/**
 * Takes a connection target apart into its endpoints and checks everything that can be checked without a network. No
 * error repeats credentials.
 *
 * @throws InvalidUriError naming the part that is wrong, and the nearest known scheme or option
 */
export function parseTarget(target: ConnectTarget, schemes: Schemes): Target {
  const items = typeof target === 'string' ? [target] : target
  if (!Array.isArray(items) || items.length === 0) {
    throw new InvalidUriError('connect() needs a URI, such as amqps://host or memory:name, or a list of them')
  }
  return targetOf(items, schemes, [])
}

function targetOf(items: readonly unknown[], schemes: Schemes, nested: readonly NestedOption[]): Target {
  const groups: Endpoint[][] = []
  let failover: UriFailoverOptions = {}
  /** The group that URIs without one of their own join. */
  let group: Endpoint[] | undefined
  const addGroups = (target: Target): void => {
    groups.push(...target.groups.map((endpoints) => [...endpoints]))
    failover = joined(failover, target.failover)
    group = undefined
  }
  for (const item of items) {
    if (Array.isArray(item)) {
      addGroups(groupOf(item, schemes, nested))
      continue
    }
    for (const text of urisOf(item, schemes)) {
      if (isFailoverUri(text)) {
        addGroups(failoverTarget(text, schemes, nested))
        continue
      }
      if (group === undefined) {
        group = []
        groups.push(group)
      }
      group.push(parseEndpoint(text, schemes, nested))
    }
  }
  return { groups, failover }
}

/** A list inside the list: all of it is one group. */
function groupOf(items: readonly unknown[], schemes: Schemes, nested: readonly NestedOption[]): Target {
  if (items.length === 0) throw new InvalidUriError('a group of the connection target has no URI; leave it out')
  if (items.some(Array.isArray)) {
    throw new InvalidUriError('a group of the connection target is a list of URIs; lists inside it mean nothing')
  }
  const { groups, failover } = targetOf(items, schemes, nested)
  return { groups: [groups.flat()], failover }
}

function urisOf(item: unknown, schemes: Schemes): readonly string[] {
  if (typeof item !== 'string') {
    throw new InvalidUriError(`a connection target is a string such as amqps://host, not ${typeof item}`)
  }
  const text = item.trim()
  return isFailoverUri(text) ? [text] : splitList(text, schemes)
}

function splitList(text: string, schemes: Schemes): readonly string[] {
  return splitUris(text, (scheme) => scheme === 'failover' || schemes.get(scheme)?.network === false)
}

function failoverTarget(text: string, schemes: Schemes, outer: readonly NestedOption[]): Target {
  const { list, options, nested } = parseFailoverUri(text)
  const isNestable = (name: string): boolean => [...schemes.values()].some(({ uriOptions }) => uriOptions.has(name))
  const own = parseFailoverQuery(options, isNestable, nested)
  const uris = splitList(list, schemes)
  const { groups, failover } = targetOf(uris, schemes, [...nested, ...outer])
  const mayChooseProtocol = uris.some((uri) => isPlainWebSocket(schemeOf(uri) ?? ''))
  checkNested(nested, groups.flat(), schemes, mayChooseProtocol ? [PROTOCOL] : [])
  return { groups, failover: joined(own, failover) }
}

/** Endpoints of several protocols may stand in one list; a nested option is for those that know it. */
function checkNested(
  nested: readonly NestedOption[],
  endpoints: readonly Endpoint[],
  schemes: Schemes,
  others: readonly string[],
): void {
  const ofSchemes = endpoints.flatMap(({ scheme }) => [...(schemes.get(scheme)?.uriOptions ?? [])])
  const known = new Set([...ofSchemes, ...others])
  for (const [name] of nested) {
    if (known.has(name)) continue
    const hint = suggestName(nestedName(name), [...known].map(nestedName))
    throw new InvalidUriError(
      `unknown option ${nestedName(optionForError(name, nested))} in the failover: URI; ${hint}`,
    )
  }
}

/** There is one set of failover options for a connection, so several URIs must not disagree. */
function joined(first: UriFailoverOptions, second: UriFailoverOptions): UriFailoverOptions {
  for (const [name, value] of Object.entries(second)) {
    const other = first[name as keyof UriFailoverOptions]
    if (other === undefined || String(other) === String(value)) continue
    throw new InvalidUriError(
      `the failover: URIs of the connection target differ in their option ${name}; give it once`,
    )
  }
  return { ...first, ...second }
}
