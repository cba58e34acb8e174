import type { ArtemisManagement } from './artemis-management.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'

const SUBJECT = { action: 'deleting a temporary queue' }

/** Temporary queues of a connection to Artemis. */
export class ArtemisTemporaries {
  readonly #connection: StompConnection
  readonly #management: ArtemisManagement | undefined
  readonly #names = new Set<string>()

  constructor(connection: StompConnection, management: ArtemisManagement | undefined) {
    this.#connection = connection
    this.#management = management
  }

  /** A queue goes when nobody has it and nothing is in it, so somebody has it who takes nothing. */
  async create(name: string): Promise<void> {
    this.#names.add(name)
    await this.#subscribe(keeperOf(name), name, [['selector', '1 = 0']])
  }

  /** Does nothing to what is no temporary queue of this connection. */
  async delete(name: string): Promise<void> {
    if (!this.#names.delete(name)) return
    if (this.#management === undefined) return this.#drain(name)
    await this.#unkeep(name)
    // Nobody consumes from it, and it may be gone already.
    await this.#management.invoke('destroyQueue', name, false, true)
  }

  /** An answer that comes now would make a queue stay that nobody reads. */
  async close(timeout: number): Promise<void> {
    if (this.#names.size === 0 || this.#management === undefined) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const deleted = Promise.all([...this.#names].map((name) => this.delete(name)))
    await Promise.race([
      deleted.catch(() => {}),
      new Promise((resolve) => {
        timer = setTimeout(resolve, timeout)
      }),
    ])
    clearTimeout(timer)
  }

  /** Takes out what is left, up to a message that comes behind all others; the broker deletes the queue once it is empty. */
  async #drain(name: string): Promise<void> {
    const [drain, end] = [`${keeperOf(name)}-drain`, `${keeperOf(name)}-end`]
    const all: HeaderList = [
      ['ack', 'auto'],
      ['consumer-window-size', '-1'],
    ]
    await this.#subscribe(drain, name, [...all, ['selector', `JMSType IS NULL OR JMSType <> '${end}'`]])
    await this.#subscribe(end, name, [...all, ['selector', `JMSType = '${end}'`]])
    const last: HeaderList = [
      ['destination', name],
      ['type', end],
      ['priority', '0'],
    ]
    await Promise.all([this.#connection.nextMessage(end, SUBJECT), this.#connection.request('SEND', last, SUBJECT)])
    const ids = [drain, end]
    await Promise.all(ids.map((id) => this.#connection.request('UNSUBSCRIBE', [['id', id]], SUBJECT)))
    await this.#unkeep(name)
  }

  #unkeep(name: string): Promise<void> {
    return this.#connection.request('UNSUBSCRIBE', [['id', keeperOf(name)]], SUBJECT)
  }

  #subscribe(id: string, name: string, headers: HeaderList): Promise<void> {
    return this.#connection.subscribe(id, [['destination', name], ['subscription-type', 'ANYCAST'], ...headers], {
      action: `consuming from ${name}`,
      name,
    })
  }
}

function keeperOf(name: string): string {
  return `keeper-${name}`
}
