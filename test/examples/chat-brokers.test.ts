import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Broker, startBroker } from '../brokers/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { launchChromium } from '../browser/chromium.ts'
import { type Chat, startChat, type Visitor, visit } from './run-chat.ts'

const HISTORY = 5
const ROLL_CALL = 1_000

/** A broker of its own, which is killed. */
describe.skipIf(injectedBroker('activemq') === undefined)('the chat example', { timeout: 60_000 }, () => {
  let broker: Broker
  let chat: Chat
  let browser: Browser
  let ada: Visitor
  let grace: Visitor

  beforeAll(async () => {
    broker = await startBroker('activemq', { keep: false })
    chat = await startChat(broker, ['--history', String(HISTORY), '--roll-call', String(ROLL_CALL), '--name', 'Pia'])
    await chat.terminal.line('* in lobby')
    browser = await launchChromium()
    ada = await visit(browser, chat.address, 'Ada')
    grace = await visit(browser, chat.address, 'Grace')
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    const status = await chat?.stop()
    await broker?.stop()
    expect(status).toBe(0)
  })

  it('lets everybody see what is said: two pages, and a client in Python', async () => {
    await ada.say('Is anybody here?')
    await grace.said('Is anybody here?').waitFor()
    await chat.terminal.line('Ada: Is anybody here?')
    chat.type('I am, in a terminal.')
    await ada.said('I am, in a terminal.').waitFor()
    await grace.said('I am, in a terminal.').waitFor()
    // One's own comes back from the moderator, once.
    await ada.said('Is anybody here?').waitFor()
    expect(await ada.everything()).toEqual(['Is anybody here?', 'I am, in a terminal.'])
  })

  it('shows who is typing, until it is said', async () => {
    await grace.page.getByRole('textbox', { name: 'Message' }).pressSequentially('So')
    await ada.typing.getByText('Grace is typing …').waitFor()
    await grace.say('So am I.')
    await ada.said('So am I.').waitFor()
    await ada.page.locator('#typing:empty').waitFor({ state: 'attached' })
  })

  it('has a moderator who takes words away, and answers who asks', async () => {
    await ada.say('What a heck of a broker')
    await grace.said('What a h••• of a broker').waitFor()
    await chat.terminal.line('Ada: What a h••• of a broker')
    await grace.say('/who')
    await grace.notice(/^Here: Moderator \(bot\), .*Pia \(Python\)/).waitFor()
    chat.type('/nonsense')
    await chat.terminal.line('* There is no command /nonsense; try /help.')
    // Nobody else is told.
    expect(await ada.notice(/Here:|no command/).count()).toBe(0)
  })

  it('gives those who come late the last messages, in their order, and no more than it keeps', async () => {
    for (const text of ['one', 'two', 'three']) {
      await ada.say(text)
      await grace.said(text).waitFor()
    }
    const late = await visit(browser, chat.address, 'Late')
    await late.said('three').waitFor()
    expect(await late.everything()).toEqual(['So am I.', 'What a h••• of a broker', 'one', 'two', 'three'])
    await late.page.close({ runBeforeUnload: true })
    await ada.notice('Late left').waitFor()
  })

  it('knows who is here: who comes, who leaves, and whose tab has vanished', async () => {
    const lost = await visit(browser, chat.address, 'Lost')
    await grace.notice('Lost came in').waitFor()
    await chat.terminal.line('* Lost joined')
    await grace.people.filter({ hasText: 'Lost' }).waitFor()
    const protocol = await lost.page.context().newCDPSession(lost.page)
    protocol.send('Page.crash').catch(() => {})
    await grace.notice('Lost is gone without a word').waitFor()
    await grace.people.filter({ hasText: 'Lost' }).waitFor({ state: 'detached' })
    const names = await grace.people.locator('strong').allTextContents()
    expect(names).toEqual(['Ada', 'Grace', 'Moderator', 'Pia'])
  })

  it('tells that the broker is gone and that it is back, and loses nothing', { timeout: 180_000 }, async () => {
    await ada.say('before')
    await grace.said('before').waitFor()
    await broker.kill()
    await ada.banner.getByText(/What you write is sent when it is back/).waitFor()
    await grace.banner.getByText(/What you write is sent when it is back/).waitFor()
    await chat.terminal.line('* connection lost')
    await ada.say('by Ada, meanwhile')
    await grace.say('by Grace, meanwhile')
    chat.type('by Pia, meanwhile')
    expect(await ada.page.locator('.pending').getByText('by Ada, meanwhile').count()).toBe(1)
    await broker.start()
    const said = ['by Ada, meanwhile', 'by Grace, meanwhile', 'by Pia, meanwhile']
    for (const text of said) {
      await ada.said(text).waitFor()
      await grace.said(text).waitFor()
      await chat.terminal.line(text)
    }
    await ada.page.locator('#banner:empty').waitFor({ state: 'attached' })
    await grace.page.locator('#banner:empty').waitFor({ state: 'attached' })
    await ada.say('after')
    await grace.said('after').waitFor()
    await ada.said('after').waitFor()
    const all = await ada.everything()
    expect([...all.slice(-4, -1)].sort()).toEqual(said)
    expect(all.slice(-5)).toEqual(['before', ...all.slice(-4, -1), 'after'])
    expect((await grace.everything()).slice(-5)).toEqual(all.slice(-5))
    // Nobody has vanished over it.
    expect(await ada.people.locator('strong').allTextContents()).toEqual(['Ada', 'Grace', 'Moderator', 'Pia'])
  })
})
