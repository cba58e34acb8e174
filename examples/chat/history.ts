import { type Connection, ConnectionLostError, type Session } from 'polymq'
import type { Entry, Room } from './room.ts'

/**
 * All that the history has, the oldest first. Browsing leaves it where it is. A browser ends with its broker: where that is lost
 * meanwhile, the next one is asked.
 */
export async function readHistory(connection: Connection, session: Session, room: Room): Promise<readonly Entry[]> {
  for (;;) {
    try {
      return await browse(session, room)
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || connection.state === 'closed') throw error
    }
  }
}

async function browse(session: Session, room: Room): Promise<readonly Entry[]> {
  await using browser = await session.createBrowser(room.history)
  const entries: Entry[] = []
  for await (const { body } of browser) entries.push(body)
  return entries.sort((a, b) => a.at - b.at)
}
