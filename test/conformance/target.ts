import { type Connection, type ConnectOptions, connect, type Queue, queue } from '../../src/index.ts'
import type { Provider, ProviderListener } from '../../src/provider/provider.ts'

/** One provider on one broker: what the suite runs against, and in what it may differ from the others. */
export interface ConformanceTarget {
  /** How reports name it, for example `Artemis over AMQP 1.0`. */
  readonly name: string
  /** False leaves the target out of this run. */
  readonly available: boolean
  connect(options?: ConnectOptions): Promise<Connection>
  /** Connects to where queues named `limited.…` are full after about a megabyte. */
  connectLimited(options?: ConnectOptions): Promise<Connection>
  /** Connects with a wrong password; undefined where nobody is asked for one. */
  readonly connectWrongly?: () => Promise<Connection>
  /**
   * An open provider without the client on top, for what no call of the client can ask for.
   *
   * @param origin - the id of the connection whose place it takes, by its number
   */
  openProvider(listener: ProviderListener, origin?: string, attempt?: number): Promise<Provider>
  /** Where messages of any queue end up once they are rejected. */
  readonly deadLetterQueue: Queue
  /** Whether each of the ten priorities counts; else only that one above 4 overtakes those below. */
  readonly priorityLevels: 'ten' | 'two'
  /** Whether a queue and a topic may have the same name. */
  readonly separateNames: boolean
  /** Characters that mean something of their own in the name of a destination. */
  readonly reservedCharacters: string
  /** Selectors that the broker is known to evaluate wrongly. */
  readonly selectorDefects: readonly string[]
  /** Characters that a property may have. */
  readonly longestProperty: number
  /** Characters that a body may have. */
  readonly largestBody: number
  /** Where the broker marks a message that comes again, once its consumer has closed, as redelivered. */
  readonly marksRedelivery: 'everywhere' | 'on queues' | 'nowhere'
  /** What a full queue does with a message. */
  readonly whenFull: 'refuses' | 'refuses without a reason' | 'ends the connection'
  /** What the names of topics begin with that shared durable subscriptions may have. */
  readonly sharedTopics: string
  /** Whether a topic keeps the order of one producer; else what is sent next may come first. */
  readonly keepsOrder: boolean
  /** Whether what is on its way to a consumer as it closes comes to the next one before what is behind it. */
  readonly keepsOrderAtClose: boolean
  /** Whether a shared subscription may have a selector. */
  readonly selectsWhatIsShared: boolean
  /** What becomes of a client id that another connection asks for. */
  readonly clientIdInUse: 'is refused' | 'is taken over' | 'is fought over'
  /** Whether it is known that a durable subscription is not there. */
  readonly missesSubscriptions: boolean
  /** ms that something which must come may take. */
  readonly patience: number
  /** ms after which something that must not come is taken not to come. */
  readonly silence: number
}

/** What a target must say for itself. */
export interface TargetSettings extends Partial<Omit<ConformanceTarget, 'name' | 'connect' | 'openProvider'>> {
  readonly name: string
  /** Asked for at each connection; with credentials where the broker wants some. */
  uri(): string
  readonly limitedUri?: () => string
}

/** A target that one URI leads to. */
export function targetAt({ uri, limitedUri = uri, ...settings }: TargetSettings): ConformanceTarget {
  return {
    available: true,
    connect: (options) => connect(uri(), options),
    connectLimited: (options) => connect(limitedUri(), options),
    openProvider: (listener, origin, attempt) => openProvider(uri(), listener, origin, attempt),
    deadLetterQueue: queue('DLQ'),
    priorityLevels: 'ten',
    separateNames: true,
    reservedCharacters: '',
    selectorDefects: [],
    longestProperty: 20_000,
    largestBody: Number.POSITIVE_INFINITY,
    marksRedelivery: 'everywhere',
    whenFull: 'refuses',
    sharedTopics: '',
    keepsOrder: true,
    keepsOrderAtClose: true,
    selectsWhatIsShared: true,
    clientIdInUse: 'is refused',
    missesSubscriptions: true,
    patience: 10_000,
    silence: 400,
    ...settings,
  }
}

async function openProvider(
  uri: string,
  listener: ProviderListener,
  origin = `conformance-${Date.now()}-${Math.random()}`,
  attempt = 1,
): Promise<Provider> {
  const { SCHEMES } = await import('../../src/providers/registry.ts')
  const url = new URL(uri)
  const provider = await SCHEMES.get(url.protocol.slice(0, -1))?.load(url)
  if (provider === undefined) throw new Error(`no provider for ${url.protocol}`)
  const credentials = { username: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }
  url.username = ''
  url.password = ''
  const info = {
    id: `${origin}-${attempt}`,
    origin,
    uri: url,
    credentials,
    clientId: undefined,
    attempt: 0,
    tls: {},
    heartbeat: 0,
    requestTimeout: 10_000,
    closeTimeout: 5_000,
    logger: {},
  }
  await provider.open(info, listener, new AbortController().signal)
  return provider
}
