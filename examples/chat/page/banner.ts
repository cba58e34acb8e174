import { byId } from './dom.ts'
import type { ConnectionNews } from './room-client.ts'

/** ms that good news stay. */
const GOOD_NEWS = 4_000

/** Tells what becomes of the connection, above the messages. */
export class Banner {
  readonly #banner = byId('banner', HTMLParagraphElement)
  readonly #room = byId('room', HTMLDivElement)
  #timer: number | undefined

  show(news: ConnectionNews): void {
    clearTimeout(this.#timer)
    this.#room.dataset.state = news.state === 'back' ? 'back' : 'lost'
    this.#banner.textContent = textOf(news)
    if (news.state === 'back') this.#timer = window.setTimeout(() => this.#hide(), GOOD_NEWS)
  }

  #hide(): void {
    delete this.#room.dataset.state
    this.#banner.textContent = ''
  }
}

function textOf(news: ConnectionNews): string {
  switch (news.state) {
    case 'lost':
      return 'The connection is lost. What you write is sent when it is back.'
    case 'trying':
      return `Connecting again, attempt ${news.attempt}. What you write is sent when it is back.`
    case 'back':
      return 'Connected again.'
    case 'ended':
      return `The connection has ended: ${news.reason}. Load the page again.`
  }
}
