import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Destination } from '../../src/index.ts'
import { catalogue } from '../brokers/catalogue.ts'
import { nameLabel, owner, ownerLabel } from '../brokers/ownership.ts'
import type { JavaClient, JavaTarget } from './java-clients.ts'
import type { Place } from './java-message.ts'
import { JavaSession, type JavaSessionOptions } from './java-session.ts'
import { type Answer, type Fields, fieldOf, format, parse, split } from './line.ts'

const sources = fileURLToPath(new URL('java', import.meta.url))

/** ms for any answer of the program, its start and the arrival of a message included. */
const ANSWER = 20_000
/** Characters of its standard error that an error shows. */
const SHOWN = 4_000

let containers = 0

interface Asked {
  readonly command: string
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
}

/** Any image with a Java that is no older than the compiler. */
const IMAGE = catalogue.activemq.image

/** One container with a Java process, for one broker: it runs `java/JmsPeer.java`. */
export class JavaPeer implements AsyncDisposable {
  readonly #client: JavaClient
  readonly #broker: JavaTarget
  /** The compiled program, of this peer alone. */
  readonly #classes: string
  readonly #container: string
  /** The command that is attached to the container: its standard streams are those of the program. */
  readonly #process: ChildProcessWithoutNullStreams
  readonly #ended: Promise<void>
  /** In the order of the answers. */
  readonly #asked: Asked[] = []
  readonly #sessions: JavaSession[] = []
  #errors = ''
  #counter = 0

  private constructor(client: JavaClient, broker: JavaTarget, classes: string) {
    this.#client = client
    this.#broker = broker
    this.#classes = classes
    const java = ['java', '-XX:TieredStopAtLevel=1', '-cp', '/classes:/jars/*', 'JmsPeer', client.factory]
    containers += 1
    this.#container = `${nameLabel}-java-${owner}-${containers}`
    const options = containerOptions(this.#container, client, classes)
    this.#process = spawn('docker', ['run', ...options, IMAGE, ...java])
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-SHOWN)
    })
    this.#process.stdin.on('error', () => {})
    createInterface(this.#process.stdout).on('line', (line) => this.#answered(parse(line)))
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        for (const asked of this.#asked.splice(0)) this.#refuse(asked, how)
        resolve()
      }
      this.#process.on('error', (error) => end(`could not run docker: ${error.message}`))
      this.#process.on('close', (status, signal) => end(`ended with ${signal ?? status}`))
    })
  }

  static async start(client: JavaClient, broker: JavaTarget): Promise<JavaPeer> {
    if (!existsSync(client.jars)) throw new Error(`there is no ${client.jars}; run test/brokers/setup.sh`)
    const classes = await mkdtemp(join(tmpdir(), 'java-peer-'))
    try {
      await compile(client, classes)
    } catch (error) {
      await rm(classes, { recursive: true })
      throw error
    }
    return new JavaPeer(client, broker, classes)
  }

  /** A connection of its own, started, with one session. */
  async open({
    mode = 'auto',
    clientId,
    user = this.#broker,
    settings = '',
  }: JavaSessionOptions = {}): Promise<JavaSession> {
    const session = new JavaSession(this, this.name('session'))
    const { host } = this.#broker
    const address = `${host}:${this.#broker.port(this.#client.port)}`
    await this.ask('open', [
      ['session', session.name],
      ['uri', this.#client.uri(address, settings)],
      ['user', user.username],
      ['password', user.password],
      ['mode', mode],
      ['client-id', clientId],
    ])
    this.#sessions.push(session)
    return session
  }

  /** Closes all sessions, as after a test. */
  async closeSessions(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await session.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const timer = setTimeout(() => this.#kill(), ANSWER)
    this.#process.stdin.end()
    await this.#ended
    clearTimeout(timer)
    await rm(this.#classes, { recursive: true })
  }

  /** @internal */
  name(purpose: string): string {
    this.#counter += 1
    return `${purpose}-${this.#counter}`
  }

  /** @internal */
  ask(command: string, fields: Fields): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#kill(), ANSWER)
      const asked = { command, resolve, reject, timer }
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        this.#refuse(asked, 'has ended before')
        return
      }
      this.#asked.push(asked)
      this.#process.stdin.write(`${format(command, fields)}\n`)
    })
  }

  /** @internal How Java names a destination: a kind and the broker's address of it. */
  textOf({ kind, name }: Place): string {
    if (this.#broker.name !== 'rabbitmq' || name.startsWith('/')) return `${kind}:${name}`
    const path = kind.endsWith('queue') ? '/queues/' : '/exchanges/amq.topic/'
    return `${kind}:${path}${encodeURIComponent(name)}`
  }

  /** @internal */
  placeOf(text: string): Place {
    const [kind, name] = split(text, ':') as [Destination['kind'], string]
    const path = /^\/(?:queues|exchanges\/amq\.topic)\/(.*)$/.exec(name)
    return { kind, name: path === null ? name : decodeURIComponent(path[1] as string) }
  }

  #kill(): void {
    execFile('docker', ['rm', '-f', this.#container], () => this.#process.kill('SIGKILL'))
  }

  #answered(answer: Answer): void {
    const asked = this.#asked.shift()
    if (asked === undefined) return
    if (answer.word === 'error') return this.#refuse(asked, `failed: ${fieldOf(answer, 'message')}`)
    clearTimeout(asked.timer)
    asked.resolve(answer)
  }

  #refuse({ command, reject, timer }: Asked, how: string): void {
    clearTimeout(timer)
    reject(new Error(`${command} of ${this.#client.name} on ${this.#broker.name} ${how}\n${this.#errors}`))
  }
}

/**
 * It has the ports of the brokers as they are here. The program ends with its input, and the container with it; those of a
 * process that was killed are removed with its brokers.
 */
function containerOptions(name: string, { jars }: JavaClient, classes: string): string[] {
  const mounts = [`${classes}:/classes:ro`, `${jars}:/jars:ro`].flatMap((mount) => ['-v', mount])
  const labels = [`${nameLabel}=java`, `${ownerLabel}=${owner}`].flatMap((label) => ['--label', label])
  return ['--name', name, '--rm', '-i', '--init', '--network', 'host', ...labels, ...mounts]
}

/** Against the client's own JMS: what differs is the name of its package. */
async function compile({ jars, jms }: JavaClient, classes: string): Promise<void> {
  const adapted = join(classes, 'sources')
  await mkdir(adapted)
  const files = await Promise.all(
    (await readdir(sources)).map(async (name) => {
      const text = await readFile(join(sources, name), 'utf8')
      await writeFile(join(adapted, name), text.replaceAll('jakarta.jms', jms))
      return join(adapted, name)
    }),
  )
  const options = ['-J-XX:TieredStopAtLevel=1', '-nowarn', '-encoding', 'UTF-8', '-cp', `${jars}/*`, '-d', classes]
  await promisify(execFile)('javac', [...options, ...files])
}
