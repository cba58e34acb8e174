/** What goes over the broker, where, and in which shape: the page and the moderator share this file. */

import { type Queue, queue, type Topic, topic } from 'polymq'
import * as z from 'zod'

export const LONGEST_TEXT = 500
export const LONGEST_NAME = 24

const id = z.string().min(1).max(64)
const name = z.string().trim().min(1).max(LONGEST_NAME)

/** Somebody who is here. */
const person = z.object({ id, name, client: z.string().max(24) })

/** What somebody wants to say, before the moderator has seen it. `id` tells a post that is sent again. */
const post = z.object({ id, from: person, text: z.string().trim().min(1).max(LONGEST_TEXT) })

/** A post as everybody sees it. */
const entry = z.object({
  ...post.shape,
  /** ms since the epoch, and another for each entry: the order in which the moderator has taken them. */
  at: z.int(),
  moderated: z.boolean(),
})

/** What a client tells the others. */
const signal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('enter'), person }),
  z.object({ kind: z.literal('here'), person }),
  z.object({ kind: z.literal('typing'), person }),
  z.object({ kind: z.literal('leave'), person }),
])

/** What the moderator tells everybody. */
const roomEvent = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('said'), entry }),
  z.object({ kind: z.literal('joined'), person }),
  z.object({ kind: z.literal('left'), person, vanished: z.boolean() }),
  z.object({ kind: z.literal('people'), people: z.array(person) }),
  /** Whoever is here answers with the signal `here`. */
  z.object({ kind: z.literal('roll-call') }),
])

const command = z.object({ command: z.string().startsWith('/').max(LONGEST_TEXT) })

export type Person = z.infer<typeof person>
export type Post = z.infer<typeof post>
export type Entry = z.infer<typeof entry>
export type Signal = z.infer<typeof signal>
export type RoomEvent = z.infer<typeof roomEvent>
export type Command = z.infer<typeof command>

export interface Room {
  readonly name: string
  /** What people say, for the moderator. */
  readonly posts: Queue<Post>
  /** The latest entries, for those who come late. Browsed only; the moderator takes old ones away. */
  readonly history: Queue<Entry>
  /** Requests such as `/who`, each answered to who asked. */
  readonly commands: Queue<Command>
  readonly events: Topic<RoomEvent>
  readonly signals: Topic<Signal>
}

/** The room's destinations. Each has a schema, which checks bodies when they are sent and when they come. */
export function roomNamed(room: string): Room {
  const name = `chat.${room}`
  return {
    name: room,
    posts: queue(`${name}.posts`, { schema: json(post) }),
    history: queue(`${name}.history`, { schema: json(entry) }),
    commands: queue(`${name}.commands`, { schema: json(command) }),
    events: topic(`${name}.events`, { schema: json(roomEvent) }),
    signals: topic(`${name}.signals`, { schema: json(signal) }),
  }
}

/** Between clients of polymq an object arrives as one. Whoever speaks plain STOMP sends and gets its JSON text. */
function json<Output>(schema: z.ZodType<Output>): z.ZodType<Output> {
  return z.preprocess((body, context) => {
    if (typeof body !== 'string') return body
    try {
      return JSON.parse(body)
    } catch {
      context.issues.push({ code: 'custom', message: 'not JSON', input: body })
      return z.NEVER
    }
  }, schema)
}
