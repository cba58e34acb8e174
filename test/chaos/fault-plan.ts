import type { Random } from './random.ts'

/** What can happen to a broker or to a node of a cluster, and to the network before them. Times are ms. */
export type Fault =
  | { readonly kind: 'kill'; readonly down: number }
  | { readonly kind: 'restart' }
  | { readonly kind: 'pause'; readonly lasting: number }
  | { readonly kind: 'kill-node'; readonly down: number }
  | { readonly kind: 'drain'; readonly lasting: number }
  | { readonly kind: 'cut-off'; readonly lasting: number }
  | { readonly kind: 'reset' }
  | { readonly kind: 'half-open'; readonly lasting: number }
  | { readonly kind: 'delay'; readonly delay: number; readonly lasting: number }
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number; readonly lasting: number }
  | { readonly kind: 'cut'; readonly bytes: number; readonly lasting: number }
  | { readonly kind: 'drop' }

export type FaultKind = Fault['kind']

/** A fault, and the ms without one before it. */
export interface PlannedFault {
  readonly calm: number
  readonly fault: Fault
}

/**
 * Faults without end, the same for the same random numbers. Each kind comes once before any comes again.
 *
 * @param heartbeat - ms; silence lasts longer than two of them, so that it is noticed
 */
export function* faultPlan(random: Random, kinds: readonly FaultKind[], heartbeat: number): Generator<PlannedFault> {
  for (;;) {
    for (const kind of random.shuffled(kinds)) {
      yield { calm: random.chance(0.3) ? random.integer(0, 100) : random.integer(500, 2_500), fault: draw(kind) }
    }
  }

  function draw(kind: FaultKind): Fault {
    switch (kind) {
      case 'kill':
      case 'kill-node':
        return { kind, down: random.integer(0, 1_500) }
      case 'drain':
        return { kind, lasting: random.integer(500, 2_000) }
      case 'pause':
      case 'cut-off':
      case 'half-open':
        return { kind, lasting: Math.round(heartbeat * (2.2 + random.next())) }
      case 'delay':
        return { kind, delay: random.integer(20, 400), lasting: random.integer(500, 2_000) }
      case 'throttle':
        return { kind, bytesPerSecond: random.integer(5_000, 100_000), lasting: random.integer(500, 2_000) }
      case 'cut':
        return { kind, bytes: random.integer(1, 20_000), lasting: random.integer(300, 1_500) }
      default:
        return { kind }
    }
  }
}
