import { expect, it } from 'vitest'
import { type Consumer, InvalidClientIdError, InvalidDestinationError, type Topic, topic } from '../../src/index.ts'
import { failureOf, uniqueName } from '../amqp10/support.ts'
import { type Bench, next, uniqueTopic } from './bench.ts'
import { javaText, type Place } from './java-message.ts'
import type { JavaConsumer } from './java-session.ts'

/** Not for RabbitMQ: a subscription there is a queue, which polymq makes and binds over the management node; Java does not. */
export function durableSubscriptionsSuite(bench: Bench): void {
  it('a durable subscription of polymq is taken up by Java', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('audit')]
    const connection = await bench.connect({ clientId })
    const consumer = await (await connection.createSession()).createDurableConsumer(news, name)
    await (await bench.java()).send(news, javaText('while polymq is there'))
    expect((await next(consumer)).body).toBe('while polymq is there')
    await connection.close()
    await (await bench.connect()).send(news, 'while nobody is there')
    const java = await bench.java({ clientId })
    const successor = await java.consume(news, { durable: name })
    expect(await successor.receive()).toMatchObject(javaText('while nobody is there'))
    await successor.close()
    await java.unsubscribe(name)
  })

  it('a durable subscription of Java is taken up by polymq', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('audit')]
    const java = await bench.java({ clientId })
    const consumer = await java.consume(news, { durable: name })
    await (await bench.connect()).send(news, 'while Java is there')
    expect(await consumer.receive()).toMatchObject(javaText('while Java is there'))
    await java.close()
    await (await bench.java()).send(news, javaText('while nobody is there'))
    const session = await (await bench.connect({ clientId })).createSession()
    const successor = await session.createDurableConsumer(news, name)
    expect((await next(successor)).body).toBe('while nobody is there')
    await successor.close()
    await session.unsubscribe(name)
  })

  it('a durable subscription keeps its selector when the other side takes it up', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('audit')]
    const selector = "JMSType = 'in'"
    const connection = await bench.connect({ clientId })
    await (await connection.createSession()).createDurableConsumer(news, name, { selector })
    await connection.close()
    const sender = await bench.java()
    await sender.send(news, { ...javaText('not this one'), type: 'out' })
    await sender.send(news, { ...javaText('this one'), type: 'in' })
    const java = await bench.java({ clientId })
    const successor = await java.consume(news, { durable: name, selector })
    expect(await successor.receive()).toMatchObject(javaText('this one'))
    await successor.close()
    await java.unsubscribe(name)
  })

  it('while one side consumes from a durable subscription, its client id is refused to the other', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('audit')]
    const java = await bench.java({ clientId })
    const consumer = await java.consume(news, { durable: name })
    expect(await failureOf(bench.connect({ clientId }))).toBeInstanceOf(InvalidClientIdError)
    await consumer.close()
    await java.unsubscribe(name)
  })

  it('a durable subscription of one side is ended by the other', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('audit')]
    const java = await bench.java({ clientId })
    await java.consume(news, { durable: name })
    await java.close()
    const connection = await bench.connect({ clientId })
    const session = await connection.createSession()
    await session.unsubscribe(name)
    await (await bench.connect()).send(news, 'for nobody')
    const anew = await session.createDurableConsumer(news, name)
    expect(await anew.receiveNoWait()).toBeNull()
    await connection.close()
    const again = await bench.java({ clientId })
    await again.unsubscribe(name)
    await again.close()
    const last = await (await bench.connect({ clientId })).createSession()
    expect(await failureOf(last.unsubscribe(name))).toBeInstanceOf(InvalidDestinationError)
  })
}

/** For Artemis alone: ActiveMQ Classic has none over AMQP 1.0, and on RabbitMQ Java has none, as above. */
export function sharedSubscriptionsSuite(bench: Bench): void {
  it('a consumer of each side share a subscription', async () => {
    const [news, name] = [uniqueTopic(), uniqueName('team')]
    const session = await (await bench.connect()).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createSharedConsumer(news, name, { prefetch: 1 })
    const java = await bench.java({ settings: TAKES_WHAT_IT_ASKS_FOR })
    await share(bench, news, consumer, await java.consume(news, { shared: name }))
  })

  it('a consumer of each side share a durable subscription, which outlives them', async () => {
    const [news, name] = [uniqueTopic(), uniqueName('team')]
    const session = await (await bench.connect()).createSession({ acknowledgeMode: 'individual' })
    const java = await bench.java({ settings: TAKES_WHAT_IT_ASKS_FOR })
    const ofJava = await java.consume(news, { sharedDurable: name })
    const consumer = await session.createSharedDurableConsumer(news, name, { prefetch: 1 })
    await share(bench, news, consumer, ofJava)
    await consumer.close()
    await ofJava.close()
    await (await bench.connect()).send(news, 'while nobody is there')
    const successor = await java.consume(news, { sharedDurable: name })
    expect(await successor.receive()).toMatchObject(javaText('while nobody is there'))
    await successor.close()
    await session.unsubscribe(name)
  })

  it('consumers of each side with the same client id one after the other have the same shared subscription', async () => {
    const [news, clientId, name] = [uniqueTopic(), uniqueName('client'), uniqueName('team')]
    const java = await bench.java({ clientId })
    await java.consume(news, { sharedDurable: name })
    await java.close()
    await (await bench.java()).send(news, javaText('while nobody is there'))
    const session = await (await bench.connect({ clientId })).createSession()
    const successor = await session.createSharedDurableConsumer(news, name)
    expect((await next(successor)).body).toBe('while nobody is there')
    await successor.close()
    await session.unsubscribe(name)
  })
}

/** For ActiveMQ Classic over OpenWire: there a shared subscription is a queue, which Java applications consume from by its name. */
export function virtualTopicsSuite(bench: Bench): void {
  it('a consumer of each side share a virtual topic, of which nothing is missed while both are away', async () => {
    const [news, name] = [topic(`VirtualTopic.${uniqueName('news')}`), 'team']
    const queue: Place = { kind: 'queue', name: `Consumer.${name}.${news.name}` }
    const session = await (await bench.connect()).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createSharedDurableConsumer(news, name, { prefetch: 1 })
    const java = await bench.java({ settings: TAKES_WHAT_IT_ASKS_FOR })
    const ofJava = await java.consume(queue)
    await share(bench, news, consumer, ofJava)
    await consumer.close()
    await ofJava.close()
    const sender = await bench.java()
    await sender.send(news, javaText('while nobody is there'))
    await sender.send(news, javaText('and then'))
    expect(await (await java.consume(queue)).receive()).toMatchObject(javaText('while nobody is there'))
    await java.close()
    const successor = await session.createSharedDurableConsumer(news, name)
    expect((await next(successor)).body).toBe('and then')
  })
}

/** Java prefetches nothing: what polymq has no room for waits for it. */
const TAKES_WHAT_IT_ASKS_FOR = 'jms.prefetchPolicy.all=0'

/** The first message comes to polymq, which has no room for another one then: the second comes to Java. */
async function share(bench: Bench, news: Topic, consumer: Consumer, ofJava: JavaConsumer): Promise<void> {
  const sender = await bench.connect()
  await sender.send(news, 'first')
  await sender.send(news, 'second')
  const first = await next(consumer)
  expect(first.body).toBe('first')
  expect(await ofJava.receive()).toMatchObject(javaText('second'))
  await first.acknowledge()
  expect(await consumer.receiveNoWait()).toBeNull()
  expect(await ofJava.receiveNoWait()).toBeUndefined()
}
