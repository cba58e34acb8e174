import { element } from '../../chat/page/dom.ts'
import { type Arrival, type Board, CITY_MINUTE, SHOWN } from '../city.ts'

/** The board of one stop. Its rows stay, so that a refresh changes text only. */
export class StopBoard {
  readonly root: HTMLElement
  readonly #air = element('span', 'air')
  readonly #rows: readonly Row[] = Array.from({ length: SHOWN }, () => new Row())

  constructor(stop: string) {
    const heading = element('h2', '', stop)
    this.root = element('section', 'board', element('header', '', heading, this.#air))
    this.root.ariaLabel = stop
    this.root.append(element('ol', '', ...this.#rows.map(({ root }) => root)))
  }

  show({ arrivals, at, dust }: Board): void {
    this.root.dataset.at = String(at)
    for (const [index, row] of this.#rows.entries()) row.show(arrivals[index], at)
    this.#air.textContent = dust === undefined ? '' : `${dust.toFixed(1)} µg/m³`
    this.#air.title = 'Fine dust, PM2.5'
    this.#air.dataset.level = dust === undefined || dust < 10 ? 'low' : dust < 20 ? 'middle' : 'high'
  }
}

class Row {
  readonly root: HTMLElement
  readonly #line = element('span', 'line')
  readonly #to = element('span', 'to')
  readonly #when = element('span', 'when')

  constructor() {
    this.root = element('li', '', this.#line, this.#to, this.#when)
  }

  show(arrival: Arrival | undefined, at: number): void {
    this.root.dataset.bus = arrival?.bus ?? ''
    this.#line.textContent = arrival === undefined ? '' : String(arrival.line)
    this.#to.textContent = arrival?.to ?? ''
    this.#when.textContent = arrival === undefined ? '' : whenOf(arrival.due - at)
  }
}

function whenOf(ms: number): string {
  const minutes = Math.floor(ms / CITY_MINUTE)
  return minutes < 1 ? 'now' : `${minutes} min`
}
