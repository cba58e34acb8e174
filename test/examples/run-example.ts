import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Outcome {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs an example as its users do. The package must have been built.
 *
 * @param onProgress gets each line of what it says meanwhile
 */
export async function runExample(
  program: string,
  args: readonly string[] = [],
  onProgress: (line: string) => void = () => {},
): Promise<Outcome> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  createInterface(child.stderr).on('line', onProgress)
  const exited = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const [stdout, stderr, exitCode] = await Promise.all([textOf(child.stdout), textOf(child.stderr), exited])
  return { exitCode, stdout, stderr }
}

/** The number that the table at the end shows under this name. */
export function figure({ stdout }: Outcome, name: string): number {
  const line = stdout.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  return line === undefined ? Number.NaN : Number(line.slice(name.length).replaceAll(',', ''))
}

async function textOf(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: string[] = []
  for await (const chunk of stream) chunks.push(chunk.toString())
  return chunks.join('')
}
