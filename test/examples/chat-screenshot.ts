/** Takes the screenshots of the chat example, docs/images/chat-*.png: `node test/examples/chat-screenshot.ts`, after a build. */

import { startBroker } from '../brokers/index.ts'
import { launchChromium } from '../browser/chromium.ts'
import { startChat, visit } from './run-chat.ts'

const viewport = { width: 1080, height: 720 }

const broker = await startBroker('activemq', { keep: false })
const chat = await startChat(broker, ['--name', 'Katherine'])
const browser = await launchChromium()
try {
  await chat.terminal.line('* in lobby')
  const ada = await visit(browser, chat.address, 'Ada Lovelace', { viewport, colorScheme: 'light' })
  await ada.say('Good morning! Is anybody here yet?')
  await ada.said('Good morning! Is anybody here yet?').waitFor()
  const grace = await visit(browser, chat.address, 'Grace Hopper', { viewport, colorScheme: 'dark' })
  const lines = [
    () => grace.say('I am. Just came in, and the history tells what I have missed.'),
    () => ada.say('The queue browser does that: it looks, and takes nothing away.'),
    () => ada.say('And if my tab vanishes, you will know.'),
    async () => chat.type('Hello from a terminal, in Python. Plain STOMP!'),
    () => grace.say('That darn broker was restarted while I typed this. Nothing was lost.'),
  ]
  for (const [index, say] of lines.entries()) {
    await say()
    await ada.page
      .locator('li:not(.pending) .bubble')
      .nth(index + 1)
      .waitFor()
    await grace.page
      .locator('li:not(.pending) .bubble')
      .nth(index + 1)
      .waitFor()
  }
  await ada.say('/who')
  await ada.notice(/^Here:/).waitFor()
  await grace.page.getByRole('textbox', { name: 'Message' }).pressSequentially('See you')
  await ada.typing.getByText('Grace Hopper is typing …').waitFor()
  await ada.page.screenshot({ path: 'docs/images/chat-light.png' })
  await grace.page.screenshot({ path: 'docs/images/chat-dark.png' })
} finally {
  await browser.close()
  await chat.stop()
  await broker.stop()
}
