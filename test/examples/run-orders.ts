import { fileURLToPath } from 'node:url'
import { type Outcome, runExample } from './run-example.ts'

export { figure, type Outcome } from './run-example.ts'

const PROGRAM = fileURLToPath(new URL('../../examples/orders/main.ts', import.meta.url))

/**
 * Runs the orders example.
 *
 * @param onProgress gets each line of what it says meanwhile
 */
export function runOrders(args?: readonly string[], onProgress?: (line: string) => void): Promise<Outcome> {
  return runExample(PROGRAM, args, onProgress)
}
