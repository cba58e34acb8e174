import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import type { FinanceBooks } from './report.ts'

const PYTHON = fileURLToPath(new URL('.venv/bin/python', import.meta.url))
const PROGRAM = fileURLToPath(new URL('finance/main.py', import.meta.url))
const SETUP = fileURLToPath(new URL('setup.sh', import.meta.url))

const copySchema = z.strictObject({
  correlationId: z.string(),
  body: z.unknown(),
  properties: z.record(z.string(), z.string()),
})
const booksSchema = z.strictObject({
  invoices: z.record(z.string(), copySchema),
  shipments: z.record(z.string(), copySchema),
  receipts: z.record(z.string(), z.strictObject({ invoice: z.string(), shipment: z.string(), total: z.string() })),
  repeated: z.int(),
})

export interface FinanceOptions {
  readonly client: string
  readonly broker: string
  readonly name: string
  readonly invoices: number
  readonly signal: AbortSignal
}

/** Makes the Python environment, unless it is there. */
export async function setUpFinance(): Promise<void> {
  const child = spawn('bash', [SETUP], { stdio: ['ignore', process.stderr, 'inherit'] })
  if ((await ended(child)) !== 0) throw new Error(`${SETUP} failed; what it printed stands above`)
}

/** Runs the department in Python to its end; gives what it has then. */
export async function runFinance({ client, broker, name, invoices, signal }: FinanceOptions): Promise<FinanceBooks> {
  const args = [PROGRAM, '--client', client, '--name', name, '--invoices', String(invoices)]
  const child = spawn(PYTHON, args, {
    // Others on this machine can read the arguments of a program, but not this.
    env: { ...process.env, DEPARTMENTS_BROKER: broker },
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  })
  const [text, status] = await Promise.all([textOf(child.stdout), ended(child)])
  if (status !== 0) throw new Error(`finance has ended with ${status}; what it said stands above`)
  const books = booksSchema.parse(JSON.parse(text))
  return {
    ...books,
    invoices: new Map(Object.entries(books.invoices)),
    shipments: new Map(Object.entries(books.shipments)),
    receipts: new Map(Object.entries(books.receipts)),
  }
}

function ended(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
}

async function textOf(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(chunk.toString())
  return chunks.join('')
}
