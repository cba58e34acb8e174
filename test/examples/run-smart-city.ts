import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Broker } from '../brokers/index.ts'
import { Output } from './run-chat.ts'

export const PROGRAM = fileURLToPath(new URL('../../examples/smart-city/main.ts', import.meta.url))

/** The smart city, as its users start it. */
export interface City {
  /** Of the page. */
  readonly address: string
  /** The table, when it is complete. */
  table(): Promise<Table>
  /** As Ctrl-C does. Resolves with the exit code. */
  stop(): Promise<number | null>
}

export interface Table {
  readonly verdict: string
  /** What a line of this name shows: of air, and of buses. */
  figures(name: string): readonly number[]
}

/** Options that tell the example where this broker is. */
export function addressesOf(broker: Broker): string[] {
  return ['--broker', broker.uri('amqp'), '--mqtt', broker.uri('mqtt'), '--web-socket', broker.uri('mqtt-ws')]
}

/** Keeps the page. The package must have been built. */
export async function startCity(args: readonly string[]): Promise<City> {
  const child = spawn(process.execPath, [PROGRAM, '--keep', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const told = new Output(child.stderr)
  const printed = new Output(child.stdout)
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve))
  const gone = exited.then((code): never => {
    throw new Error(`the smart city has ended with ${code}: ${told.lines.join('\n')}`)
  })
  gone.catch(() => {})
  const line = await Promise.race([told.line('The boards: '), gone])
  return {
    address: /http:\S+/.exec(line)?.[0] ?? '',
    table: async () => {
      const verdict = await Promise.race([printed.line(' outages on '), gone])
      return { verdict, figures: (name) => figuresIn(printed.lines, name) }
    },
    stop: () => {
      child.kill('SIGINT')
      return exited
    },
  }
}

/** The numbers on the line of a table that begins with this. */
function figuresIn(lines: readonly string[], name: string): readonly number[] {
  const line = lines.find((candidate) => candidate.startsWith(`${name} `))
  return (line?.slice(name.length).match(/\d[\d,]*/g) ?? []).map((text) => Number(text.replaceAll(',', '')))
}
