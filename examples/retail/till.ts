import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import * as z from 'zod'
import type { User } from '../../test/brokers/index.ts'

const PROGRAM = fileURLToPath(new URL('pos/PointOfSale.java', import.meta.url))
const JARS = fileURLToPath(new URL('../../test/brokers/.cache/activemq-client', import.meta.url))
/** ms for all sales. */
const LIMIT = 300_000
/** Of a store that holds nothing secret. */
const STORE_PASSWORD = 'polymq'

const booksSchema = z.strictObject({
  lines: z.int(),
  /** In cents. */
  revenue: z.int(),
  asked: z.int(),
  soldAgain: z.int(),
  sold: z.record(z.string(), z.int()),
  deliveries: z.record(z.string(), z.string()),
})
/** What the till knows at the end. */
export type TillBooks = z.infer<typeof booksSchema>

export interface TillOptions {
  readonly broker: string
  readonly user: User
  /** A certificate that is trusted besides those that Java knows. */
  readonly ca: string | undefined
  readonly name: string
  readonly sales: number
  readonly signal: AbortSignal
}

/** Runs the till to its end. */
export async function runTill(options: TillOptions): Promise<TillBooks> {
  if (!existsSync(JARS)) throw new Error(`there is no ${JARS}; run test/brokers/setup.sh`)
  const folder = await mkdtemp(join(tmpdir(), 'retail-'))
  try {
    const trust = options.ca === undefined ? [] : await trusting(options.ca, folder)
    return booksSchema.parse(JSON.parse(await run(options, trust)))
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Java reads certificates from a store of its own. */
async function trusting(ca: string, folder: string): Promise<string[]> {
  const store = join(folder, 'trust.p12')
  const certificate = ['-importcert', '-noprompt', '-alias', 'ca', '-file', ca]
  await promisify(execFile)('keytool', [
    ...certificate,
    '-keystore',
    store,
    '-storetype',
    'PKCS12',
    '-storepass',
    STORE_PASSWORD,
  ])
  return [`-Djavax.net.ssl.trustStore=${store}`, `-Djavax.net.ssl.trustStorePassword=${STORE_PASSWORD}`]
}

async function run({ broker, user, name, sales, signal }: TillOptions, trust: readonly string[]): Promise<string> {
  const child = spawn('java', [...trust, '-cp', `${JARS}/*`, PROGRAM, name, String(sales)], {
    // Others on this machine can read the arguments of a program, but not this.
    env: { ...process.env, RETAIL_BROKER: broker, RETAIL_USER: user.username, RETAIL_PASSWORD: user.password },
    stdio: ['ignore', 'pipe', 'pipe'],
    signal: AbortSignal.any([signal, AbortSignal.timeout(LIMIT)]),
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('close', resolve).once('error', reject))
  const [text, errors, status] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended])
  if (status !== 0) throw new Error(`the till has ended with ${status}: ${errors.trim().split('\n').at(-1)}`)
  return text
}

async function textOf(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: (Uint8Array | string)[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks.map((chunk) => Buffer.from(chunk))).toString()
}
