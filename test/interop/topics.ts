import { expect, it } from 'vitest'
import { type Bench, next, uniqueTopic } from './bench.ts'
import { javaText } from './java-message.ts'

export function topicsSuite(bench: Bench): void {
  it('what Java publishes comes to every consumer of polymq', async () => {
    const news = uniqueTopic()
    const consumers = [await bench.consume(news), await bench.consume(news)]
    await (await bench.java()).send(news, javaText('hello'))
    for (const consumer of consumers) {
      expect(await next(consumer)).toMatchObject({ body: 'hello', destination: { kind: 'topic', name: news.name } })
    }
  })

  it('what polymq publishes comes to every consumer of Java', async () => {
    const news = uniqueTopic()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const consumers = []
    for (const from of [await bench.subscribed(news), await bench.subscribed(news)]) {
      consumers.push(await java.consume(from))
    }
    await connection.send(news, 'hello')
    for (const consumer of consumers) {
      expect(await consumer.receive()).toMatchObject({
        ...javaText('hello'),
        destination: { kind: 'topic', name: news.name },
      })
    }
  })
}
