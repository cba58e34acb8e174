import { describe, expect, it } from 'vitest'
import { topic, UnsupportedFeatureError } from '../../../src/index.ts'
import type { ConsumerInfo } from '../../../src/provider/resources.ts'
import { isOfSubscription, queuePrefix, subscriptionQueue } from '../../../src/providers/openwire/virtual-topics.ts'

const info = (name: string, more: Partial<ConsumerInfo> = {}): ConsumerInfo => ({
  ...{ resource: 'consumer', id: 'c', session: { resource: 'session', id: 's', acknowledgeMode: 'auto' } },
  ...{ destination: topic(name), selector: undefined, noLocal: false, browser: false, prefetch: 1 },
  ...{ subscription: { name: 'team', durable: true, shared: true } },
  ...more,
})

describe('a shared durable subscription on ActiveMQ Classic', () => {
  it('is the queue that applications in Java name', () => {
    expect(subscriptionQueue(info('VirtualTopic.news'), undefined, 'broker')).toEqual({
      kind: 'queue',
      name: 'Consumer.team.VirtualTopic.news',
    })
  })

  it('is that of a client, where there is a client id, and no more than one level of a name', () => {
    expect(queuePrefix('a.b*', 'c%1')).toBe('Consumer.c%251:a%2Eb%2A.')
    expect(isOfSubscription('Consumer.team.VirtualTopic.a.b', queuePrefix('team', undefined))).toBe(true)
    expect(isOfSubscription('Consumer.team.b.VirtualTopic.a', queuePrefix('team', undefined))).toBe(false)
    expect(isOfSubscription('Consumer.teams.VirtualTopic.a', queuePrefix('team', undefined))).toBe(false)
  })

  it.each([
    ['of another topic', info('news.eu'), /only a virtual topic has them, such as topic\('VirtualTopic\.news'\)/],
    ['of a pattern', info('VirtualTopic.>'), /only a virtual topic/],
    ['with a selector', info('VirtualTopic.a', { selector: 'a = 1' }), /filter in the application/],
    ['with noLocal', info('VirtualTopic.a', { noLocal: true }), /mark your own messages/],
  ])('is refused %s, with what to do', (_, consumer, reason) => {
    const create = (): unknown => subscriptionQueue(consumer, undefined, 'broker')
    expect(create).toThrow(UnsupportedFeatureError)
    expect(create).toThrow(reason)
  })
})
