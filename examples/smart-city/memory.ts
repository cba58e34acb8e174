/** Megabytes of 1,000,000 bytes. */
export interface Memory {
  /** Objects, now. */
  readonly heap: number
  /** All that the process has ever had at a time, Node itself included. */
  readonly most: number
}

export function memoryNow(): Memory {
  const { maxRSS } = process.resourceUsage()
  return { heap: process.memoryUsage().heapUsed / 1e6, most: (maxRSS * 1_024) / 1e6 }
}
