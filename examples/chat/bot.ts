/** The room's moderator as a program of its own: `node examples/chat/bot.ts --broker stomp://USER:PASSWORD@HOST`. */

import { randomUUID } from 'node:crypto'
import { parseArgs } from 'node:util'
import { AbortedError, connect } from 'polymq'
import { Moderator } from './moderator.ts'
import { Presence } from './presence.ts'
import { type Command, roomNamed } from './room.ts'

const { values } = parseArgs({
  options: {
    broker: { type: 'string', default: 'stomp://localhost' },
    room: { type: 'string', default: 'lobby' },
    history: { type: 'string', default: '100' },
    'roll-call': { type: 'string', default: '10000' },
    'allow-plaintext': { type: 'boolean', default: false },
  },
})

const stop = new AbortController()
process.once('SIGINT', () => stop.abort())
process.once('SIGTERM', () => stop.abort())

try {
  await run()
} catch (error) {
  if (!(error instanceof AbortedError)) {
    say(error instanceof Error ? error.message : String(error))
    process.exitCode = 1
  }
}

async function run(): Promise<void> {
  const room = roomNamed(values.room)
  await using connection = await connect(values.broker, {
    allowPlaintext: values['allow-plaintext'],
    failover: { maxReconnectDelay: 2_000 },
    signal: stop.signal,
  })
  connection.on('error', (error) => say(error.message))
  connection.on('interrupted', (error) => say(`The broker is lost: ${error.message}`))
  connection.on('resumed', ({ endpoint }) => say(`Connected again, to ${endpoint}.`))

  const me = { id: randomUUID(), name: 'Moderator', client: 'bot' }
  const presence = new Presence(connection, room, me)
  await presence.keep(Number(values['roll-call']), stop.signal)
  await connection.reply(room.commands, ({ body }) => ({ text: answerTo(body, presence) }))
  const moderator = await Moderator.start(connection, room, Number(values.history))
  const { product = 'the broker', endpoint } = connection.peer
  say(`Moderating ${room.name} on ${product}, ${endpoint}.`)
  if (connection.capabilities.queueBrowser === 'unsupported') {
    say(`${product} cannot browse a queue: the room has no history.`)
  }
  await moderator.run(stop.signal)
}

function answerTo({ command }: Command, presence: Presence): string {
  switch (command.trim().split(/\s/)[0]) {
    case '/who':
      return `Here: ${presence.people.map(({ name, client }) => `${name} (${client})`).join(', ')}.`
    case '/help':
      return 'Commands: /who tells who is here, /help is this. Everything else is said to everybody.'
    default:
      return `There is no command ${command}; try /help.`
  }
}

function say(text: string): void {
  console.error(`bot: ${text.replace(/\s*\n\s*/g, ' ')}`)
}
