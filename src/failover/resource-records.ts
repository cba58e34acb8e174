import { ConnectionLostError, TimeoutError } from '../errors.ts'
import type { CreatedResource, Provider } from '../provider/provider.ts'
import type {
  ConsumerInfo,
  ProducerInfo,
  ResourceInfo,
  SessionInfo,
  TemporaryDestinationInfo,
} from '../provider/resources.ts'

/** What became of a resource that the next broker does not want. */
export interface RefusedResource {
  readonly id: string
  readonly error: Error
}

/** What exists at the broker by the application's will, to be created again on another one. */
export class ResourceRecords {
  readonly #sessions = new Map<string, SessionInfo>()
  readonly #temporaries = new Map<string, TemporaryDestinationInfo>()
  readonly #producers = new Map<string, ProducerInfo>()
  readonly #consumers = new Map<string, ConsumerInfo>()
  /** Sessions with a transaction open. */
  readonly #transactions = new Set<string>()

  has(id: string): boolean {
    return [this.#sessions, this.#temporaries, this.#producers, this.#consumers].some((records) => records.has(id))
  }

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
  }

  /** The session has a transaction open from here on, on whichever broker. */
  began(session: SessionInfo): void {
    this.#transactions.add(session.id)
  }

  ended(session: SessionInfo): void {
    this.#transactions.delete(session.id)
  }

  /**
   * Creates all of it again: first what the others build on.
   *
   * @returns what the broker refused; it is no longer recorded
   * @throws ConnectionLostError, TimeoutError when the broker is not up to it
   */
  async recreate(provider: Provider): Promise<readonly RefusedResource[]> {
    const refused: RefusedResource[] = []
    const create = async (resource: ResourceInfo): Promise<void> => {
      try {
        await provider.create(resource)
        if (this.#transactions.has(resource.id)) await provider.begin(resource as SessionInfo)
      } catch (error) {
        if (error instanceof ConnectionLostError || error instanceof TimeoutError) throw error
        this.remove(resource.id)
        refused.push({ id: resource.id, error: error as Error })
      }
    }
    await all(this.#sessions, create)
    await all(this.#temporaries, create)
    await all(this.#consumers, create)
    await all(this.#producers, create)
    return refused
  }
}

/** Those that are being created when the first one fails are waited for. */
async function all<R>(records: ReadonlyMap<string, R>, create: (record: R) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled([...records.values()].map(create))
  for (const result of results) if (result.status === 'rejected') throw result.reason
}
