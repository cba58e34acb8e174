import type { MessageSelector } from '../../interop/message-selector.ts'
import type { Entry } from './entry.ts'
import { type Linked, PriorityList } from './priority-list.ts'

/** One entry's place in one lane. */
export class LanePlace implements Linked<LanePlace> {
  readonly lane: Lane
  readonly entry: Entry
  readonly priority: number
  readonly sequence: number
  previous: LanePlace | undefined = undefined
  next: LanePlace | undefined = undefined

  constructor(lane: Lane, entry: Entry) {
    this.lane = lane
    this.entry = entry
    this.priority = entry.priority
    this.sequence = entry.sequence
  }
}

/**
 * The waiting messages that one selector matches. Each message is examined once when it arrives, so a backlog that
 * nobody selects costs nothing at later sends; consumers with the same selector share a lane.
 */
export class Lane {
  readonly selector: MessageSelector
  readonly places: PriorityList<LanePlace> = new PriorityList<LanePlace>()
  /** How many consumers take from it. */
  consumers = 0

  constructor(selector: MessageSelector) {
    this.selector = selector
  }

  /** Adds the entry when it matches; it is usually the newest, so its place is looked for from the end too. */
  offer(entry: Entry): void {
    if (!this.selector.matches(entry.message.data, entry.failures + 1)) return
    const place = new LanePlace(this, entry)
    this.places.insert(place)
    if (entry.places === undefined) entry.places = [place]
    else entry.places.push(place)
  }

  /** Takes itself out of its entries when its last consumer has left. */
  dissolve(): void {
    for (const { entry } of this.places) {
      const others = entry.places?.filter((place) => place.lane !== this)
      entry.places = others === undefined || others.length === 0 ? undefined : others
    }
  }
}

/** Takes an entry that is no longer waiting out of all lanes. */
export function leaveLanes(entry: Entry): void {
  if (entry.places === undefined) return
  for (const place of entry.places) place.lane.places.remove(place)
  entry.places = undefined
}
