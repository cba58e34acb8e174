import type { Session } from 'polymq'
import type { Entry, Room } from './room.ts'

/** All that the history has, the oldest first. Browsing leaves it where it is. */
export async function readHistory(session: Session, room: Room): Promise<readonly Entry[]> {
  await using browser = await session.createBrowser(room.history)
  const entries: Entry[] = []
  for await (const { body } of browser) entries.push(body)
  return entries.sort((a, b) => a.at - b.at)
}
