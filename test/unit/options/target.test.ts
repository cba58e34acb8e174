import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidUriError } from '../../../src/errors.ts'
import { type ConnectTarget, type Endpoint, parseTarget } from '../../../src/options/target.ts'
import { SCHEMES } from '../../../src/providers/registry.ts'

const groupsOf = (target: ConnectTarget): string[][] =>
  parseTarget(target, SCHEMES).groups.map((group) => group.map((endpoint) => endpoint.name))

const only = (uri: string): Endpoint => {
  const endpoints = parseTarget(uri, SCHEMES).groups.flat()
  expect(endpoints).toHaveLength(1)
  return endpoints[0]!
}

const refusal = (target: unknown): InvalidUriError => {
  try {
    parseTarget(target as ConnectTarget, SCHEMES)
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidUriError)
    return error as InvalidUriError
  }
  throw new Error('was accepted')
}

describe('one URI', () => {
  it('is one endpoint in one group, without failover options', () => {
    const target = parseTarget('amqps://broker.example.com:5671', SCHEMES)
    expect(target.groups).toHaveLength(1)
    expect(target.failover).toEqual({})
    expect(target.groups[0]![0]).toMatchObject({
      scheme: 'amqps',
      name: 'amqps://broker.example.com:5671',
      encrypted: true,
      loopback: false,
      credentials: {},
    })
  })

  it.each([
    ['memory:shop', 'memory:shop', true],
    ['  amqp://localhost  ', 'amqp://localhost', true],
    ['AMQP://127.0.0.1:5672', 'amqp://127.0.0.1:5672', true],
    ['amqp://[::1]:5672', 'amqp://[::1]:5672', true],
    ['amqp+wss://host/ws', 'amqp+wss://host', false],
    ['amqp://my_broker.internal', 'amqp://my_broker.internal', false],
  ])('%s is called %s', (uri, name, loopback) => {
    expect(only(uri)).toMatchObject({ name, loopback })
  })

  it('keeps path and options, not the credentials, in the URI of the endpoint', () => {
    const endpoint = only('amqps://user:secret@host:5671/shop?amqp.idleTimeout=5000')
    expect(endpoint.uri.href).toBe('amqps://host:5671/shop?amqp.idleTimeout=5000')
    expect(endpoint.credentials).toEqual({ username: 'user', password: 'secret' })
  })

  it.each([
    ['', /no scheme/],
    ['host:5671', /unknown scheme host:/],
    ['//host', /no scheme/],
    ['amqpss://host', /did you mean amqps\?/],
    ['failovr:(amqps://a)', /did you mean failover\?/],
    ['amqps://', /names no host/],
    ['amqps:host', /names no host/],
    ['amqps://host:99999', /malformed/],
    ['amqps://host:port', /malformed/],
    ['amqps://a,b:5671', /with the scheme of each/],
    ['amqps://host?amqp.idleTimout=1', /did you mean amqp\.idleTimeout\?/],
    ['amqps://host?randomize=true', /write failover:\(amqps:…\)\?randomize=…/],
    ['amqps://host#fragment', /fragment/],
    ['amqps://host/%zz', /path .* write % as %25/],
  ])('refuses %j', (uri, reason) => {
    expect(refusal(uri).message).toMatch(reason)
  })

  it.each([
    [[]],
    [[[]]],
    [['amqps://a', []]],
    [[1]],
    [null],
    [undefined],
    [{}],
    [new URL('amqps://host')],
    [[['amqps://a', ['amqps://b']]]],
  ])('refuses %j', (target) => {
    refusal(target)
  })
})

describe('credentials in a URI', () => {
  const HARD = [
    '#!@/%:',
    '#',
    '@',
    '/',
    '%',
    ':',
    'p#a!s@s/w%rd:',
    'a,b',
    'p(a',
    'p)a',
    '50% off?',
    'ä€😀',
    '?x=1',
    ' ',
  ]

  it.each(HARD)('%j works percent-encoded, in each form', (password) => {
    const uri = `amqps://user:${encodeURIComponent(password).replace(/[()]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}@host:5671`
    for (const target of [uri, `failover:(${uri})?timeout=5`, `failover:${uri}`, [uri], [[uri]]]) {
      const [endpoint] = parseTarget(target, SCHEMES).groups.flat()
      expect(endpoint?.credentials).toEqual({ username: 'user', password })
      expect(endpoint?.name).toBe('amqps://host:5671')
    }
  })

  it.each(HARD)('%j works as it is, in each form', (password) => {
    const uri = `amqps://user:${password}@host:5671`
    for (const target of [uri, `failover:(${uri},${uri})?timeout=5`, `failover:${uri}`, [uri, uri], [[uri]]]) {
      const [endpoint] = parseTarget(target, SCHEMES).groups.flat()
      expect(endpoint?.credentials).toEqual({ username: 'user', password })
      expect(endpoint?.uri.href).toBe('amqps://host:5671')
    }
  })

  it('works in each of several URIs', () => {
    const target = parseTarget(
      'failover:(amqps://u:p#a!s@s/w%rd:@h1:5671/vhost?vhost=v, amqps://u:q,(x@h2)?randomize=true',
      SCHEMES,
    )
    expect(target.groups.flat().map(({ name, credentials }) => [name, credentials.password])).toEqual([
      ['amqps://h1:5671', 'p#a!s@s/w%rd:'],
      ['amqps://h2', 'q,(x'],
    ])
    expect(target.failover).toEqual({ randomize: true })
  })

  it.each([
    ['amqps://user@example.com:secret@host', { username: 'user@example.com', password: 'secret' }],
    ['amqps://user@host', { username: 'user', password: '' }],
    ['amqps://host/a@b', {}],
    ['amqps://host?vhost=a@b', {}],
    ['amqps://user:12#34@host', { username: 'user', password: '12#34' }],
    ['amqps://user:12?34@host', { username: 'user', password: '12?34' }],
    ['amqps://user:99999/1@host', { username: 'user', password: '99999/1' }],
    ['amqps://us%40er:%25@host', { username: 'us@er', password: '%' }],
  ])('%s', (uri, credentials) => {
    expect(only(uri)).toMatchObject({ credentials, name: 'amqps://host' })
  })

  it.each([
    // Is the host s, with a path, or host?
    'amqps://user:p@s/w@host:5671',
    'amqps://user:12/w@host',
    'amqps://user:12?vhost=w@host',
    'amqps://host:5671/a@b',
  ])('refuses %s, which can be read in two ways', (uri) => {
    expect(refusal(uri).message).toMatch(/two ways/)
  })

  it.each(['amqps://user:100%a%20b@host', 'amqps://user:a/%20b@host', 'amqps://user:a#%41@host'])(
    'refuses %s, which is percent-encoded in part',
    (uri) => {
      expect(refusal(uri).message).toMatch(/percent-encoded in part only/)
    },
  )

  it('refuses escapes that are no UTF-8', () => {
    expect(refusal('amqps://user:%ff@host').message).toMatch(/UTF-8/)
  })

  it('is what was encoded, whatever it was', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(text, text, (username, password) => {
        const encode = (part: string): string => encodeURIComponent(part).replace(/[()']/g, '')
        const uri = `amqps://${encode(username)}:${encode(password)}@host`
        fc.pre(encode(username) !== '')
        expect(only(uri).credentials).toEqual({
          username: decodeURIComponent(encode(username)),
          password: decodeURIComponent(encode(password)),
        })
      }),
    )
  })

  it('is either what was written, or refused: never a part of it', () => {
    const password = fc.string({ unit: fc.constantFrom(...'ab1#!@/%:?,()&='), minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(password, (text) => {
        let endpoints: readonly Endpoint[]
        try {
          endpoints = parseTarget(`failover:(amqps://user:${text}@host)`, SCHEMES).groups.flat()
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidUriError)
          return
        }
        // %XX is an escape by the rules of URIs.
        const expected = /%[\da-f]{2}/i.test(text) ? decodeURIComponent(text) : text
        expect(endpoints.map(({ name, credentials }) => [name, credentials])).toEqual([
          ['amqps://host', { username: 'user', password: expected }],
        ])
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('errors about a URI', () => {
  const SECRET = 's3cr3tw0rd'

  it.each([
    `amqps://user:${SECRET}@`,
    `amqps://user:${SECRET}@host:99999`,
    `amqps://user:${SECRET}@host:port`,
    `amqps://user:${SECRET}@ho st`,
    `amqps://user:${SECRET}@a,b`,
    `amqps://user:${SECRET}@host?nosuch=1`,
    `amqps://user:${SECRET}@host#x`,
    `amqps://user:${SECRET}@host/%zz`,
    `amqps://user:${SECRET}%ff@host`,
    `amqps://user:${SECRET}%%20@host`,
    `amqps://user:x@y/${SECRET}@host`,
    `amqps://user:1/${SECRET}@host`,
    `amqps://user:${SECRET}`,
    `amqqs://user:${SECRET}@host`,
    `user:${SECRET}@host`,
    `//user:${SECRET}@host`,
    `failover:(amqps://user:${SECRET}@host`,
    `failover:(amqps://user:${SECRET}@host)x`,
    `failover:(amqps://user:a)${SECRET}@host`,
    `failover:(amqps://user:a)?${SECRET}@host`,
    `failover:(amqps://user:${SECRET}@host,amqps://)`,
    `failover:(amqps://host,amqqs://user:${SECRET}@host)`,
    `failover:(failover:(amqps://user:${SECRET}@host)`,
    `failover:(amqps://user:${SECRET}@host)?timeout=x`,
    `failover:(amqps://user:${SECRET}@host)?nosuch=1`,
    `failover:(amqps://user:${SECRET}@host)?nested.nosuch=1`,
    `failover:(amqps://host)?randomize=amqps://user:${SECRET}@host`,
    `failover:(amqps://host)?priorityURIs=amqps://user:1/${SECRET}@host`,
  ])('repeat no password: %s', (uri) => {
    for (const target of [uri, [uri], [['amqps://other', uri]]]) {
      const error = refusal(target)
      expect(`${error.stack} ${String(error.cause)} ${JSON.stringify(error)}`).not.toContain(SECRET)
    }
  })
})

describe('a failover: URI', () => {
  const PAIR = [['amqps://a:5671', 'amqps://b:5671']]

  it.each([
    'failover:(amqps://a:5671,amqps://b:5671)',
    'failover:amqps://a:5671,amqps://b:5671',
    'failover://(amqps://a:5671,amqps://b:5671)',
    'failover://amqps://a:5671,amqps://b:5671',
    'FAILOVER:(amqps://a:5671,amqps://b:5671)?',
    '  failover: ( amqps://a:5671 ,\n  amqps://b:5671 \n) ? randomize=false \n',
    'failover:(amqps://a:5671\namqps://b:5671)',
  ])('%j names two endpoints', (uri) => {
    expect(groupsOf(uri)).toEqual(PAIR)
  })

  it('may name one endpoint, and several protocols', () => {
    expect(groupsOf('failover:(amqps://a)')).toEqual([['amqps://a']])
    expect(groupsOf('failover:(amqps://a,memory:b,amqp+wss://c/x)')).toEqual([
      ['amqps://a', 'memory:b', 'amqp+wss://c'],
    ])
  })

  it('leaves each URI its options, commas in them included', () => {
    const [first, second] = parseTarget(
      'failover:(amqps://a?amqp.saslMechanisms=PLAIN,EXTERNAL&vhost=x,amqps://b?amqp.idleTimeout=7)?timeout=9',
      SCHEMES,
    ).groups.flat()
    expect(first?.uri.searchParams.get('amqp.saslMechanisms')).toBe('PLAIN,EXTERNAL')
    expect(first?.uri.searchParams.get('vhost')).toBe('x')
    expect(second?.uri.searchParams.get('amqp.idleTimeout')).toBe('7')
  })

  it('takes every option, under the names of ActiveMQ', () => {
    const query =
      'initialReconnectDelay=20&maxReconnectDelay=5000&useExponentialBackOff=false&reconnectDelayExponent=1.5' +
      '&maxReconnectAttempts=-1&startupMaxReconnectAttempts=3&randomize=TRUE&priorityBackup=true' +
      '&priorityURIs=amqps://u:p@B:5671,amqps://c&timeout=-1&warnAfterReconnectAttempts=-1&jitter=0.5'
    expect(parseTarget(`failover:(amqps://a,amqps://b)?${query}`, SCHEMES).failover).toEqual({
      initialReconnectDelay: 20,
      maxReconnectDelay: 5000,
      useExponentialBackOff: false,
      reconnectDelayExponent: 1.5,
      maxReconnectAttempts: -1,
      startupMaxReconnectAttempts: 3,
      randomize: true,
      priorityBackup: true,
      priorityURIs: ['amqps://b:5671', 'amqps://c'],
      timeout: 0,
      warnAfterReconnectAttempts: 0,
      jitter: 0.5,
    })
  })

  it('sets nested options on each URI that knows them, instead of its own', () => {
    const endpoints = parseTarget(
      'failover:(amqps://a?amqp.idleTimeout=1,memory:b,amqps://c?vhost=v)?nested.amqp.idleTimeout=5000&randomize=true',
      SCHEMES,
    ).groups.flat()
    expect(endpoints.map(({ uri }) => uri.href)).toEqual([
      'amqps://a?amqp.idleTimeout=5000',
      'memory:b',
      'amqps://c?vhost=v&amqp.idleTimeout=5000',
    ])
  })

  it.each([
    ['failover:', /names no endpoint/],
    ['failover:()', /names no endpoint/],
    ['failover:(amqps://a', /no closing parenthesis/],
    ['failover:(failover:(amqps://a)', /no closing parenthesis/],
    ['failover:(amqps://a),amqps://b', /only \?option=value may follow/],
    ['failover:(amqps://a,)', /with the scheme of each/],
    ['failover:(,amqps://a)', /no scheme/],
    ['failover:(amqps://a,b)', /with the scheme of each/],
    ['failover:(amqps://a,amqpss://b)', /did you mean amqps\?/],
    ['failover:(amqps://a)?randomise=true', /unknown option randomise .* did you mean randomize\?/],
    ['failover:(amqps://a)?maxReconnectDelay=soon', /maxReconnectDelay .* wrong: expected an integer/],
    ['failover:(amqps://a)?maxReconnectDelay=0', /maxReconnectDelay .* at least 1/],
    ['failover:(amqps://a)?maxReconnectDelay=1.5', /maxReconnectDelay .* an integer/],
    ['failover:(amqps://a)?maxReconnectDelay=', /maxReconnectDelay/],
    ['failover:(amqps://a)?randomize=yes', /randomize .* expected a boolean/],
    ['failover:(amqps://a)?jitter=2', /jitter .* at most 1/],
    ['failover:(amqps://a)?timeout=1&timeout=2', /timeout stands twice/],
    ['failover:(amqps://a)?backOffMultiplier=3', /write reconnectDelayExponent/],
    ['failover:(amqps://a)?trackMessages=true', /ActiveMQ has it, polymq has no counterpart/],
    ['failover:(amqps://a)?toString=1', /unknown option toString/],
    ['failover:(amqps://a)?amqp.idleTimeout=1', /write nested\.amqp\.idleTimeout/],
    ['failover:(amqps://a)?nested.amqp.idleTimout=1', /did you mean nested\.amqp\.idleTimeout\?/],
    ['failover:(memory:a)?nested.amqp.idleTimeout=1', /unknown option nested\.amqp\.idleTimeout/],
    ['failover:amqps://a,amqps://b?randomize=true', /write failover:\(amqps:…\)\?randomize=…/],
  ])('refuses %s', (uri, reason) => {
    expect(refusal(uri).message).toMatch(reason)
  })
})

describe('what the console of Amazon MQ copies', () => {
  const HOST = 'b-1234a5b6-78cd-901e-2fgh-3i45j6k178l9'
  const [ONE, TWO] = [1, 2].map((n) => `amqp+ssl://${HOST}-${n}.mq.eu-central-1.amazonaws.com:5671`)

  it.each([
    `failover:(${ONE},${TWO})`,
    `failover:(${ONE},${TWO})\n`,
    `failover:(${ONE},${TWO})?randomize=true`,
    `failover:(${ONE},\n${TWO}\n)`,
    `${ONE}\n${TWO}\n`,
    `${ONE},${TWO}`,
  ])('works as pasted: %j', (text) => {
    expect(groupsOf(text)).toEqual([[ONE, TWO]])
  })

  it('works for single endpoints', () => {
    expect(groupsOf(`${ONE} \n`)).toEqual([[ONE]])
    const rabbit = 'amqps://b-5a4b3c2d.mq.us-east-1.on.aws:5671'
    expect(groupsOf(rabbit)).toEqual([[rabbit]])
  })
})

describe('groups', () => {
  const [A, B, C, D] = ['amqps://a', 'amqps://b', 'amqps://c', 'amqps://d'] as const

  it.each<[ConnectTarget, string[][]]>([
    [[A, B], [[A, B]]],
    [
      [
        [A, B],
        [C, D],
      ],
      [
        [A, B],
        [C, D],
      ],
    ],
    [
      [A, B, [C, D]],
      [
        [A, B],
        [C, D],
      ],
    ],
    [
      [[A], B, C, [D]],
      [[A], [B, C], [D]],
    ],
    [
      [`failover:(${A},${B})`, `failover:(${C},${D})`],
      [
        [A, B],
        [C, D],
      ],
    ],
    [
      [A, `failover:(${B})`, C, D],
      [[A], [B], [C, D]],
    ],
    [[[A, `failover:(${B},${C})`]], [[A, B, C]]],
    [
      `failover:(failover:(${A},${B}),failover:(${C},${D}))`,
      [
        [A, B],
        [C, D],
      ],
    ],
    [`failover:(${A},${B},failover:(${C}),${D})`, [[A, B], [C], [D]]],
    [
      [`failover:(failover:(${A},${B})?timeout=1,failover:${C})`, D],
      [[A, B], [C], [D]],
    ],
  ])('%j', (target, groups) => {
    expect(groupsOf(target)).toEqual(groups)
  })

  it('have one set of failover options', () => {
    const options = (target: ConnectTarget): object => parseTarget(target, SCHEMES).failover
    expect(options([`failover:(${A})?timeout=1`, `failover:(${B})?jitter=0&timeout=1`])).toEqual({
      timeout: 1,
      jitter: 0,
    })
    expect(options(`failover:(failover:(${A})?timeout=1,${B})?randomize=true`)).toEqual({ timeout: 1, randomize: true })
    expect(refusal([`failover:(${A})?timeout=1`, `failover:(${B})?timeout=2`]).message).toMatch(/option timeout/)
  })

  it('have nested options of the failover: URIs around them, the outer ones first of all', () => {
    const hrefs = parseTarget(
      `failover:(failover:(${A})?nested.vhost=inner&nested.amqp.idleTimeout=1,${B})?nested.vhost=outer`,
      SCHEMES,
    ).groups.flat()
    expect(hrefs.map(({ uri }) => uri.search)).toEqual(['?vhost=outer&amqp.idleTimeout=1', '?vhost=outer'])
  })
})
