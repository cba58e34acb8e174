/** The chat room in a page: the name at the door, then the room. */

import { MessagingError } from 'polymq'
import { type Entry, LONGEST_TEXT, type Person, type Post } from '../room.ts'
import { Banner } from './banner.ts'
import { byId } from './dom.ts'
import { Log } from './log.ts'
import { People } from './people.ts'
import { RoomClient, type Settings } from './room-client.ts'

const NAME = 'polymq-chat-name'

const door = byId('enter', HTMLFormElement)
const nameField = byId('name', HTMLInputElement)
nameField.value = localStorage.getItem(NAME) ?? ''
nameField.focus()

door.addEventListener('submit', async (event) => {
  event.preventDefault()
  const button = door.querySelector('button') as HTMLButtonElement
  const refusal = byId('refusal', HTMLParagraphElement)
  button.disabled = true
  refusal.textContent = ''
  try {
    localStorage.setItem(NAME, nameField.value.trim())
    const settings: Settings = await (await fetch('/settings.json')).json()
    await enter(settings, { id: crypto.randomUUID(), name: nameField.value.trim(), client: 'browser' })
  } catch (error) {
    refusal.textContent = explain(error)
    button.disabled = false
  }
})

async function enter(settings: Settings, me: Person): Promise<void> {
  const log = new Log(me)
  const people = new People(me)
  const banner = new Banner()
  const unread = unreadCount(settings.room)
  const client = await RoomClient.enter(settings, me, {
    said: (entry: Entry) => {
      people.hasStopped(entry.from.id)
      if (log.add(entry) && entry.from.id !== me.id) unread.raise()
    },
    happened: (event) => {
      if (event.kind === 'people') people.show(event.people)
      else if (event.person.id !== me.id) log.notice(arrivalOf(event))
    },
    typing: (person) => people.isTyping(person),
    connection: (news) => banner.show(news),
  })
  byId('room-name', HTMLHeadingElement).textContent = settings.room
  byId('peer', HTMLParagraphElement).textContent = client.peer
  byId('door', HTMLElement).hidden = true
  byId('room', HTMLDivElement).hidden = false
  if (!client.hasHistory) log.notice('This broker cannot browse a queue: you see what is said from now on.')
  write(client, log)
  // Not unload: a page that says goodbye there is not kept for the back button.
  addEventListener('pagehide', () => client.leave())
}

function arrivalOf(event: {
  readonly kind: 'joined' | 'left'
  readonly person: Person
  readonly vanished?: boolean
}): string {
  if (event.kind === 'joined') return `${event.person.name} came in`
  return event.vanished === true ? `${event.person.name} is gone without a word` : `${event.person.name} left`
}

function write(client: RoomClient, log: Log): void {
  const form = byId('say', HTMLFormElement)
  const field = byId('text', HTMLTextAreaElement)
  const say = (post: Post): void => {
    log.addPending(post)
    client.say(post).catch((error: unknown) => log.failed(post, explain(error), () => say(post)))
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    const text = field.value.trim().slice(0, LONGEST_TEXT)
    field.value = ''
    field.focus()
    if (text.startsWith('/')) {
      client.ask(text).then(
        (answer) => log.notice(answer, 'reply'),
        (error: unknown) => log.notice(`No answer: ${explain(error)}`, 'reply'),
      )
    } else if (text !== '') {
      say({ id: crypto.randomUUID(), from: client.me, text })
    }
  })
  field.addEventListener('input', () => client.typing())
  field.addEventListener('keydown', (event) => {
    // A composition is confirmed by Enter, too.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  field.focus()
}

/** In the title, while the page is in the background. */
function unreadCount(room: string): { raise(): void } {
  let unread = 0
  const show = (): void => {
    document.title = `${unread === 0 ? '' : `(${unread}) `}${room} · Chat`
  }
  document.addEventListener('visibilitychange', () => {
    unread = 0
    show()
  })
  show()
  return {
    raise: () => {
      if (document.visibilityState === 'visible') return
      unread += 1
      show()
    },
  }
}

function explain(error: unknown): string {
  if (error instanceof MessagingError) return error.message
  return `something went wrong (${error instanceof Error ? error.message : String(error)})`
}
