import type { Person } from '../room.ts'
import { avatar, byId, element } from './dom.ts'

/** ms after which somebody who does not go on typing has stopped. */
const STOPPED = 4_000

/** Who is here, and who is typing. */
export class People {
  readonly #list = byId('people', HTMLUListElement)
  readonly #count = byId('count', HTMLParagraphElement)
  readonly #typing = byId('typing', HTMLParagraphElement)
  readonly #me: Person
  /** Names and what ends their typing, by id. */
  readonly #typists = new Map<string, { readonly name: string; readonly timer: number }>()

  constructor(me: Person) {
    this.#me = me
  }

  show(people: readonly Person[]): void {
    const sorted = [...people].sort((a, b) => a.name.localeCompare(b.name))
    this.#list.replaceChildren(
      ...sorted.map(({ id, name, client }) => {
        const what = id === this.#me.id ? `${client}, this is you` : client
        return element(
          'li',
          '',
          avatar(name),
          element('span', '', element('strong', '', name), element('small', '', what)),
        )
      }),
    )
    const humans = people.filter(({ client }) => client !== 'bot').length
    this.#count.textContent = humans === 1 ? '1 person' : `${humans} people`
  }

  isTyping({ id, name }: Person): void {
    clearTimeout(this.#typists.get(id)?.timer)
    this.#typists.set(id, { name, timer: window.setTimeout(() => this.hasStopped(id), STOPPED) })
    this.#showTyping()
  }

  hasStopped(id: string): void {
    clearTimeout(this.#typists.get(id)?.timer)
    if (this.#typists.delete(id)) this.#showTyping()
  }

  #showTyping(): void {
    const names = [...this.#typists.values()].map(({ name }) => name)
    this.#typing.textContent =
      names.length === 0 ? '' : names.length === 1 ? `${names[0]} is typing …` : `${names.join(' and ')} are typing …`
  }
}
