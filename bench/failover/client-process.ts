/** A client in a process of its own, which sends and receives all the time, and tells when. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Each an instant, in ms since the epoch. */
export interface Recovery {
  /** The client has noticed that its broker is gone. */
  readonly lost: number
  /** The first send was confirmed after that, thus by another broker. */
  readonly confirmed: number
  readonly delivered: number
}

interface Stamp {
  readonly event: string
  readonly time: number
}

/** Characters of its standard error that an error shows. */
const SHOWN = 4_000

export class ClientProcess implements AsyncDisposable {
  readonly name: string
  readonly #process: ChildProcessWithoutNullStreams
  #stamps: Stamp[] = []
  #stamped = (): void => {}
  #failed = (): void => {}
  #errors = ''

  constructor(name: string, command: string, args: readonly string[]) {
    this.name = name
    this.#process = spawn(command, args)
    createInterface(this.#process.stdout).on('line', (line) => {
      const [event = '', time] = line.split(' ')
      this.#stamps.push({ event, time: Number(time) })
      this.#stamped()
    })
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-SHOWN)
    })
    this.#process.on('close', () => this.#failed())
  }

  /** From now on nothing counts that was before. */
  forget(): void {
    this.#stamps = []
  }

  /** Resolves when it has sent and received so much since {@link forget}. */
  async works(messages: number, limit: number): Promise<void> {
    const count = (event: string): number => this.#stamps.filter((stamp) => stamp.event === event).length
    await this.#until(() => (Math.min(count('confirmed'), count('delivered')) < messages ? undefined : true), limit)
  }

  /** Resolves when it sends and receives again after a loss since {@link forget}. */
  recovery(limit: number): Promise<Recovery> {
    return this.#until(() => recoveryIn(this.#stamps), limit)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) return
    this.#process.stdin.end()
    await once(this.#process, 'close')
  }

  get #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null
  }

  #until<T>(look: () => T | undefined, limit: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (how: string): void => reject(new Error(`${this.name} ${how}\n${this.#errors}`))
      if (this.#hasEnded) return fail('has ended')
      const timer = setTimeout(() => fail(`is not there after ${limit} ms`), limit)
      const settle = (then: () => void): void => {
        clearTimeout(timer)
        this.#stamped = () => {}
        this.#failed = () => {}
        then()
      }
      this.#failed = () => settle(() => fail('has ended'))
      this.#stamped = () => {
        const found = look()
        if (found !== undefined) settle(() => resolve(found))
      }
      this.#stamped()
    })
  }
}

function recoveryIn(stamps: readonly Stamp[]): Recovery | undefined {
  const after = stamps.slice(stamps.findIndex(({ event }) => event === 'lost'))
  const [lost, confirmed, delivered] = ['lost', 'confirmed', 'delivered'].map(
    (event) => after.find((stamp) => stamp.event === event)?.time,
  )
  if (lost === undefined || confirmed === undefined || delivered === undefined) return undefined
  return { lost, confirmed, delivered }
}
