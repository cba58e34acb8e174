import { expect, it } from 'vitest'
import { queue } from '../../src/index.ts'
import { broker, CLASSIC, client } from '../unit/stomp/bench.ts'
import { subscriptionTo } from '../unit/stomp/scripted-broker.ts'

// It writes what it is asked for into the message, while that may be on its way to the store: the store then has the
// message without its properties.
it('ActiveMQ is asked to turn maps into JSON only where the URI says so', async () => {
  const one = await broker(CLASSIC)
  await (await client(one)).consume(queue('orders'), () => {})
  expect((await subscriptionTo(one, '/queue/orders')).headers.has('transformation')).toBe(false)
  const asking = await client({ uri: `${one.uri}?stomp.transformation=jms-json` })
  await asking.consume(queue('maps'), () => {})
  expect((await subscriptionTo(one, '/queue/maps')).headers.get('transformation')).toBe('jms-json')
})
