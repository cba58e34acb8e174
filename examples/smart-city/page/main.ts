/** The arrival boards in a page, as they are published. */

import { type Connection, connect, MessagingError } from 'polymq'
import { byId } from '../../chat/page/dom.ts'
import { type Board, bodyOf, STOPS, type Tally, type Totals, topicsOf } from '../city.ts'
import type { PageSettings } from './settings.ts'
import { StopBoard } from './stop-board.ts'

const state = byId('state', HTMLParagraphElement)
const boards = new Map<string, StopBoard>(STOPS.map((stop) => [stop, new StopBoard(stop)]))

byId('boards', HTMLElement).append(...[...boards.values()].map(({ root }) => root))
show().catch((error: unknown) => tell('bad', error instanceof MessagingError ? error.message : String(error)))

async function show(): Promise<void> {
  const settings: PageSettings = await (await fetch('/settings.json')).json()
  // A page finds out that its network is gone by missing heart-beats only.
  const connection = await connect(settings.broker, { heartbeat: 10_000, failover: { maxReconnectDelay: 2_000 } })
  const topics = topicsOf(settings.run)
  await connection.consume(topics.boards, (message) => {
    const board = bodyOf(message) as Board
    boards.get(board.stop)?.show(board)
  })
  await connection.consume(topics.totals, (message) => showTotals(connection, bodyOf(message) as Totals))
  watch(connection)
}

function watch(connection: Connection): void {
  const { protocol, product = 'broker' } = connection.peer
  tell('good', `Live from ${product}, by ${protocol.toUpperCase()}`)
  connection.on('interrupted', () => tell('bad', 'The connection is lost. These boards are old.'))
  connection.on('resumed', () => tell('good', `Live from ${product}, by ${protocol.toUpperCase()}`))
  connection.on('closed', (error) => tell('bad', `The connection has ended. ${error?.message ?? ''}`))
}

function showTotals(connection: Connection, { state: now, air, bus }: Totals): void {
  byId('air', HTMLElement).textContent = textOf(air)
  byId('bus', HTMLElement).textContent = textOf(bus)
  if (now === 'ended' && connection.state === 'connected') tell('ended', 'The sensors have ended')
}

function textOf({ delivered, late, lost }: Tally): string {
  const parts = [`${delivered.toLocaleString('en-US')} delivered`, `${late.toLocaleString('en-US')} late`]
  if (lost !== undefined) parts.push(`${lost.toLocaleString('en-US')} lost`)
  return parts.join(', ')
}

function tell(kind: 'good' | 'bad' | 'ended', text: string): void {
  state.dataset.kind = kind
  state.textContent = text
}
