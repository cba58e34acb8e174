import { type AirReading, type BusReading, CITY_MINUTE, LINES, type Reading, STOPS, type Stop } from './city.ts'

/** Something in the city that reads a value whenever it is asked. */
export interface Sensor {
  readonly name: string
  read(): Reading
}

/** Every other one is a bus, the rest are air sensors. */
export function sensorNumbered(index: number): Sensor {
  return index % 2 === 0 ? new Bus(index / 2 + 1) : new AirSensor((index + 1) / 2)
}

/** Minutes in the city that a bus may be away from its next stop. */
const LONGEST_WAY = 90

class Bus implements Sensor {
  readonly name: string
  readonly #line: number
  readonly #to: Stop = anyOf(STOPS)
  #stop: Stop = anyOf(STOPS)
  #due = Date.now() + Math.random() * LONGEST_WAY * CITY_MINUTE
  #n = 0

  constructor(number: number) {
    this.name = `bus-${number}`
    this.#line = 1 + ((number - 1) % LINES)
  }

  read(): BusReading {
    const at = Date.now()
    if (this.#due <= at) this.#goOn(at)
    // Traffic.
    else this.#due += Math.round((Math.random() - 0.5) * CITY_MINUTE)
    this.#n += 1
    const where = { line: this.#line, to: this.#to, stop: this.#stop, due: Math.round(this.#due) }
    return { kind: 'bus', sensor: this.name, n: this.#n, at, ...where }
  }

  #goOn(at: number): void {
    this.#stop = anyOf(STOPS)
    this.#due = at + (2 + Math.random() * LONGEST_WAY) * CITY_MINUTE
  }
}

class AirSensor implements Sensor {
  readonly name: string
  readonly #stop: Stop
  #dust: number
  #n = 0

  constructor(number: number) {
    this.name = `air-${number}`
    const place = (number - 1) % STOPS.length
    this.#stop = STOPS[place] ?? STOPS[0]
    // Some stops are at main roads.
    this.#dust = 5 + ((place * 7) % 20) + Math.random() * 3
  }

  read(): AirReading {
    this.#dust = Math.max(1, this.#dust + (Math.random() - 0.5) * 3)
    this.#n += 1
    const dust = Math.round(this.#dust * 10) / 10
    return { kind: 'air', sensor: this.name, n: this.#n, at: Date.now(), stop: this.#stop, dust }
  }
}

function anyOf<T>(list: readonly [T, ...T[]]): T {
  return list[Math.floor(Math.random() * list.length)] ?? list[0]
}
