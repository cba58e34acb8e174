import { part } from '../part.ts'
import type { Provider } from '../provider/provider.ts'

const memory = part('the embedded broker', () => import('./memory/provider.ts'))

/** Loads the embedded broker when it is first used, and makes a provider that is not open yet. */
export async function loadMemory(): Promise<Provider> {
  return memory(({ MemoryProvider }) => new MemoryProvider())
}
