/** The sensors, in a process of their own: started by main.ts, which says what to do by messages. */

import { Gateway, type GatewayReport } from './gateway.ts'
import { type Memory, memoryNow } from './memory.ts'
import type { Weather } from './poor-link.ts'

export interface SensorsSettings {
  readonly run: string
  readonly broker: string
  readonly sensors: number
  readonly connections: number
  readonly interval: number
  readonly weather: Weather
}

export type ToSensors = { readonly do: 'start'; readonly settings: SensorsSettings } | { readonly do: 'finish' }

export type FromSensors =
  | { readonly what: 'started' }
  | { readonly what: 'finished'; readonly reports: readonly GatewayReport[]; readonly memory: Memory }
  | { readonly what: 'failed'; readonly reason: string }

let gateways: readonly Gateway[] = []

// Ctrl-C reaches both processes; what is to be done then comes from the other one.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit(1))
process.on('message', (order: ToSensors) => {
  const done = order.do === 'start' ? start(order.settings) : finish()
  done.then(tell, (error: Error) => tell({ what: 'failed', reason: error.message }))
})

async function start({ sensors, connections, ...shared }: SensorsSettings): Promise<FromSensors> {
  const all = Array.from({ length: sensors }, (_, index) => index)
  gateways = await Promise.all(
    Array.from({ length: connections }, (_, number) => {
      // Pairs, so that each connection has buses and air.
      const own = all.filter((index) => Math.floor(index / 2) % connections === number)
      return Gateway.open({ ...shared, number, sensors: own })
    }),
  )
  for (const gateway of gateways) gateway.start()
  return { what: 'started' }
}

async function finish(): Promise<FromSensors> {
  const memory = memoryNow()
  const reports = await Promise.all(gateways.map((gateway) => gateway.finish()))
  return { what: 'finished', reports, memory }
}

function tell(news: FromSensors): void {
  process.send?.(news)
}
