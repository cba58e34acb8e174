import { ConnectionError, ConnectionLostError, TimeoutError } from '../errors.ts'
import type { BrokerAction, CreatedResource, Provider } from '../provider/provider.ts'
import type {
  ConsumerInfo,
  ProducerInfo,
  ResourceInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../provider/resources.ts'
import { KeptActions, perform } from './kept-actions.ts'

/** What became of a resource that the next broker does not want. */
export interface RefusedResource {
  /** Undefined for what is no resource of the application's, but was done at its wish. */
  readonly id: string | undefined
  readonly error: Error
}

/**
 * ms for which nobody may answer for a resource before that is at fault. A cluster whose node has fallen silent answers
 * nothing that concerns all nodes until it misses that one, which takes up to 75 s.
 */
const PATIENCE = 90_000

/** What exists at the broker by the application's will, to be created again on another one. */
export class ResourceRecords {
  /** What others may build on. */
  readonly actions: KeptActions = new KeptActions()
  readonly #sessions = new Map<string, SessionInfo>()
  readonly #temporaries = new Map<string, TemporaryDestinationInfo>()
  readonly #producers = new Map<string, ProducerInfo>()
  readonly #consumers = new Map<string, ConsumerInfo>()
  /** Sessions with a transaction open. */
  readonly #transactions = new Set<string>()
  /** Resources for which the last broker did not answer in time, and since when that is so. */
  readonly #late = new Map<string, number>()
  /** What brokers did not want that were lost before they had the rest. */
  #refused: RefusedResource[] = []

  add(resource: ResourceInfo, created: CreatedResource): void {
    switch (resource.resource) {
      case 'session':
        this.#sessions.set(resource.id, resource)
        break
      case 'temporary-destination':
        // The name that the application knows stays; the next broker maps it to its own.
        this.#temporaries.set(resource.id, { ...resource, name: created.name ?? resource.name })
        break
      case 'producer':
        this.#producers.set(resource.id, resource)
        break
      case 'consumer':
        // A browser has seen a part of a queue that is gone: it ends with its broker.
        if (!resource.browser) this.#consumers.set(resource.id, resource)
        break
    }
  }

  remove(id: string): void {
    this.#sessions.delete(id)
    this.#temporaries.delete(id)
    this.#producers.delete(id)
    this.#consumers.delete(id)
    this.#transactions.delete(id)
    this.#late.delete(id)
  }

  /** The session has a transaction open from here on, on whichever broker. */
  began(session: SessionInfo): void {
    this.#transactions.add(session.id)
  }

  ended(session: SessionInfo): void {
    this.#transactions.delete(session.id)
  }

  /**
   * Creates all of it again, and what is added meanwhile: first what the others build on. What is removed meanwhile is
   * destroyed.
   *
   * @param complete - called in the very moment in which nothing is missing: what is added later is no longer created
   *   here. Told what this broker refused, and those before that were not up to it; it is not recorded any more
   * @throws ConnectionError, TimeoutError when the broker is not up to it
   */
  async recreate(provider: Provider, complete: (refused: readonly RefusedResource[]) => void): Promise<void> {
    const done = new Set<string>()
    const created = new Map<string, ResourceInfo>()
    const begun = new Set<string>()
    const create = async (resource: ResourceInfo): Promise<void> => {
      done.add(resource.id)
      try {
        await provider.create(resource)
        created.set(resource.id, resource)
        this.#late.delete(resource.id)
      } catch (error) {
        if (!this.#isRefusal(resource.id, error)) throw error
        this.remove(resource.id)
        this.#refused.push({ id: resource.id, error: error as Error })
      }
    }
    const performed = new Set<BrokerAction>()
    const performAll = async (): Promise<void> => {
      for (const action of this.actions.missing(performed)) {
        performed.add(action)
        await this.#performAgain(action, provider)
      }
    }
    const begin = async (session: SessionInfo): Promise<void> => {
      begun.add(session.id)
      await provider.begin(session)
    }
    const destroy = async (resource: ResourceInfo): Promise<void> => {
      created.delete(resource.id)
      await provider.destroy(resource)
    }
    const kinds: readonly Records[] = [this.#sessions, this.#temporaries, this.#consumers, this.#producers]
    const toCreate = (): ResourceInfo[] => kinds.flatMap((records) => missing(records, done))
    const toBegin = (): SessionInfo[] =>
      missing(this.#sessions, begun).filter(({ id }) => created.has(id) && this.#transactions.has(id))
    const toDestroy = (): ResourceInfo[] => [...created.values()].filter(({ id }) => !this.#has(id))
    const toPerform = (): BrokerAction[] => this.actions.missing(performed)
    while (toPerform().length + toCreate().length + toBegin().length + toDestroy().length > 0) {
      await performAll()
      await all(missing(this.#sessions, done), create)
      await all(toBegin(), begin)
      for (const records of kinds) await all(missing(records, done), create)
      await all(toDestroy().reverse(), destroy)
    }
    const refused = this.#refused
    this.#refused = []
    complete(refused)
  }

  async #performAgain(action: BrokerAction, provider: Provider): Promise<void> {
    try {
      await perform(provider, action)
    } catch (error) {
      if (!this.#isRefusal(action.action, error)) throw error
      this.actions.remove(action)
      this.#refused.push({ id: undefined, error: error as Error })
    }
  }

  #has(id: string): boolean {
    return [this.#sessions, this.#temporaries, this.#producers, this.#consumers].some((records) => records.has(id))
  }

  /**
   * A broker that does not answer, or not to a connection that the resource takes for itself, is not up to it; when the next
   * ones do not either for long, the resource is at fault.
   */
  #isRefusal(id: string, error: unknown): boolean {
    if (error instanceof ConnectionLostError) return false
    if (!(error instanceof TimeoutError || error instanceof ConnectionError)) return true
    const now = performance.now()
    const since = this.#late.get(id) ?? now
    this.#late.set(id, since)
    return now - since >= PATIENCE
  }
}

type Records<R extends ResourceInfo = ResourceInfo> = { values(): Iterable<R> }

function missing<R extends ResourceInfo>(records: Records<R>, done: ReadonlySet<string>): R[] {
  return [...records.values()].filter(({ id }) => !done.has(id))
}

/** Those that are under way when the first one fails are waited for. */
async function all<R>(resources: readonly R[], action: (resource: R) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(resources.map(action))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
