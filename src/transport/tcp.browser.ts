import { ConnectionError } from '../errors.ts'
import type { Transport, TransportTarget } from './transport.ts'

/** Not reached: `connect()` refuses what needs it. */
export async function connectTcp({ endpoint }: TransportTarget): Promise<Transport> {
  throw new ConnectionError(`cannot connect to ${endpoint}: a browser opens no TCP connections; use a WebSocket scheme`)
}
