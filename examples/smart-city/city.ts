import { type Destination, type ReceivedMessage, topic } from 'polymq'

/** What sensors, boards and page have in common: the stops, the messages, and the topics that carry them. */

export const STOPS = [
  ...['Airport', 'Arsenal', 'Bakers Lane', 'Brewery', 'Cathedral', 'City Hall', 'Docks', 'East Gate'],
  ...['Fairground', 'Gardens', 'Harbour', 'Hospital', 'Library', 'Market', 'Mill Bridge', 'Museum'],
  ...['North Gate', 'Observatory', 'Old Town', 'Opera', 'Stadium', 'Tannery', 'University', 'Waterworks'],
] as const
export type Stop = (typeof STOPS)[number]

export const LINES = 40
/** ms: a minute in the city is a second here, so that buses come while one looks. */
export const CITY_MINUTE = 1_000
/** Buses on a board. */
export const SHOWN = 4

/** A bus tells which stop it goes to, and when it will be there. */
export interface BusReading {
  readonly kind: 'bus'
  readonly sensor: string
  /** Counts the readings of this sensor, from 1. */
  readonly n: number
  /** When it was read, ms since the epoch. */
  readonly at: number
  readonly line: number
  readonly to: string
  readonly stop: Stop
  /** ms since the epoch. */
  readonly due: number
}

/** An air sensor at a stop tells the fine dust there. */
export interface AirReading {
  readonly kind: 'air'
  readonly sensor: string
  readonly n: number
  readonly at: number
  readonly stop: Stop
  /** µg/m³ of PM2.5. */
  readonly dust: number
}

export type Reading = BusReading | AirReading
export type SensorKind = Reading['kind']

/** The last message of each kind from a connection: what it sent before and is not there will not come. */
export interface EndMark {
  readonly kind: 'end'
  readonly of: SensorKind
  readonly connection: number
}

export interface Arrival {
  readonly bus: string
  readonly line: number
  readonly to: string
  readonly due: number
}

/** What a stop's board shows. */
export interface Board {
  readonly stop: Stop
  /** The time at which it is so, ms since the epoch. */
  readonly at: number
  /** The next first. */
  readonly arrivals: readonly Arrival[]
  /** The mean of what the air sensors here said last, µg/m³. */
  readonly dust?: number
}

/** How readings have fared so far, by QoS. */
export interface Totals {
  readonly state: 'running' | 'ended'
  readonly air: Tally
  readonly bus: Tally
}

export interface Tally {
  readonly delivered: number
  readonly late: number
  /** Known at the end. */
  readonly lost?: number
}

/** Air is QoS 0, buses are QoS 1. */
export const DELIVERY: Readonly<Record<SensorKind, 'persistent' | 'non-persistent'>> = {
  air: 'non-persistent',
  bus: 'persistent',
}

/** The topics of a run; over MQTT there is a `/` for each dot. */
export function topicsOf(run: string) {
  return {
    of: (reading: Reading | EndMark): Destination => topic(`${run}.readings.${pathOf(reading)}`),
    readings: topic(`${run}.readings.>`),
    readingsOf: (kind: SensorKind) => topic(`${run}.readings.${kind}.>`),
    board: (stop: Stop) => topic(`${run}.boards.${slugOf(stop)}`),
    boards: topic(`${run}.boards.>`),
    totals: topic(`${run}.totals`),
  }
}

/** The JSON in a message; Artemis hands over what came by another protocol as bytes. */
export function bodyOf(message: ReceivedMessage): unknown {
  return message.body instanceof Uint8Array ? JSON.parse(new TextDecoder().decode(message.body)) : message.body
}

function pathOf(reading: Reading | EndMark): string {
  if (reading.kind === 'end') return `${reading.of}.end.${reading.connection}`
  return reading.kind === 'bus' ? `bus.${slugOf(reading.stop)}.${reading.line}` : `air.${slugOf(reading.stop)}`
}

function slugOf(stop: Stop): string {
  return stop.toLowerCase().replaceAll(' ', '-')
}
