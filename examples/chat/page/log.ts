import type { Entry, Person, Post } from '../room.ts'
import { avatar, byId, element } from './dom.ts'

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
/** ms within which entries of the same person stand together. */
const TOGETHER = 3 * 60_000
/** px from the end within which the log follows what is new. */
const NEAR_END = 80

/** What was said, in the order of the moderator, and one's own posts that are still on their way, below it. */
export class Log {
  readonly #list = byId('log', HTMLOListElement)
  readonly #me: Person
  /** Of entries and pending posts, by id. */
  readonly #items = new Map<string, HTMLElement>()

  constructor(me: Person) {
    this.#me = me
  }

  /** Puts an entry where it belongs, once. Says whether it is new. */
  add(entry: Entry): boolean {
    const present = this.#items.get(entry.id)
    if (present !== undefined && !present.classList.contains('pending')) return false
    this.#insert(present, this.#itemOf(entry, entry.at, entry.moderated ? [note('moderated')] : []))
    return true
  }

  /** One's own post, which the moderator has not seen yet. */
  addPending(post: Post): void {
    if (this.#items.has(post.id)) return
    const item = this.#itemOf(post, Number.POSITIVE_INFINITY, [note('sending …')])
    item.classList.add('pending')
    this.#insert(undefined, item)
  }

  /** A post that no broker has taken. */
  failed(post: Post, reason: string, again: () => void): void {
    const item = this.#items.get(post.id)
    if (item === undefined || !item.classList.contains('pending')) return
    const retry = element('button', '', 'Try again')
    retry.onclick = () => {
      this.#items.delete(post.id)
      item.remove()
      again()
    }
    const failure = note(`not sent: ${reason}`, retry)
    failure.classList.add('bad')
    item.querySelector('.note')?.replaceWith(failure)
  }

  /** A line that nobody has said: who came and went, or an answer of the moderator to oneself. */
  notice(text: string, className = ''): void {
    const item = element('li', `notice ${className}`, element('span', '', text))
    item.dataset.at = String(Date.now())
    this.#insert(undefined, item)
  }

  #itemOf({ id, from, text }: Post, at: number, notes: readonly HTMLElement[]): HTMLElement {
    const by = element('span', 'by', element('strong', '', from.id === this.#me.id ? 'You' : from.name))
    if (Number.isFinite(at)) {
      const time = element('time', '', TIME.format(at))
      time.setAttribute('datetime', new Date(at).toISOString())
      by.append(time)
    }
    const item = element('li', '', avatar(from.name), by, element('span', 'bubble', text), ...notes)
    item.classList.toggle('own', from.id === this.#me.id)
    item.dataset.from = from.id
    item.dataset.at = String(at)
    item.dataset.id = id
    this.#items.set(id, item)
    return item
  }

  #insert(replaced: HTMLElement | undefined, item: HTMLElement): void {
    const view = this.#list.parentElement as HTMLElement
    const isAtEnd = view.scrollHeight - view.scrollTop - view.clientHeight < NEAR_END
    replaced?.remove()
    let before = this.#list.lastElementChild
    while (before !== null && timeOf(before) > timeOf(item)) before = before.previousElementSibling
    if (before === null) this.#list.prepend(item)
    else before.after(item)
    for (const each of [item, item.nextElementSibling]) if (each !== null) join(each)
    if (isAtEnd || item.classList.contains('own')) view.scrollTop = view.scrollHeight
  }
}

function note(text: string, ...more: readonly HTMLElement[]): HTMLElement {
  return element('span', 'note', text, ...more)
}

function timeOf(item: Element): number {
  return Number((item as HTMLElement).dataset.at)
}

/** Leaves out name and time where the same person goes on. */
function join(item: Element): void {
  const before = item.previousElementSibling
  const { from } = (item as HTMLElement).dataset
  const isSame = from !== undefined && before !== null && (before as HTMLElement).dataset.from === from
  const isSoon = isSame && !(timeOf(item) - timeOf(before) > TOGETHER && Number.isFinite(timeOf(item)))
  item.classList.toggle('goes-on', isSoon)
}
