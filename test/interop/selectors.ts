import { expect, it } from 'vitest'
import { double, long, message, textMessage } from '../../src/index.ts'
import { type Bench, next, uniqueQueue, uniqueTopic } from './bench.ts'
import { type JavaBody, type JavaFields, javaText } from './java-message.ts'

/** What each selector takes: a message of polymq, and the same one of Java. */
const selectors = {
  "colour = 'grün ☃' AND size BETWEEN 2 AND 4": {
    sent: { properties: { colour: 'grün ☃', size: 3 } },
    java: { properties: { colour: 'string:grün ☃', size: 'int:3' } },
  },
  'urgent = TRUE AND weight > 1.5': {
    sent: { properties: { urgent: true, weight: double(2) } },
    java: { properties: { urgent: 'boolean:true', weight: 'double:2.0' } },
  },
  'serial = 9007199254740993 AND at IS NULL': {
    sent: { properties: { serial: 9_007_199_254_740_993n } },
    java: { properties: { serial: 'long:9007199254740993' } },
  },
  "serial = 5 AND name LIKE 'A!_%' ESCAPE '!'": {
    sent: { properties: { serial: long(5), name: 'A_1' } },
    java: { properties: { serial: 'long:5', name: 'string:A_1' } },
  },
  "JMSType IN ('order', 'offer') AND JMSCorrelationID = 'order 7'": {
    sent: { type: 'order', correlationId: 'order 7' },
    java: { type: 'order', correlationId: 'order 7' },
  },
} as const satisfies Record<string, { readonly sent: object; readonly java: JavaFields }>

/** Not for RabbitMQ 4.0, which has no selectors over AMQP 1.0: polymq refuses them. */
export function selectorsSuite(bench: Bench): void {
  for (const [selector, { sent, java: fields }] of Object.entries(selectors)) {
    it(`Java selects what polymq sends by ${selector}`, async () => {
      const orders = uniqueQueue()
      const [connection, java] = [await bench.connect(), await bench.java()]
      const consumer = await java.consume(orders, { selector })
      await connection.send(orders, message({ type: 'other', properties: { colour: 'blue', size: 3, serial: 6 } }))
      await connection.send(orders, textMessage('this one', sent))
      expect(await consumer.receive()).toMatchObject(javaText('this one'))
      expect(await consumer.receiveNoWait()).toBeUndefined()
    })

    it(`polymq selects what Java sends by ${selector}`, async () => {
      const orders = uniqueQueue()
      const java = await bench.java()
      const consumer = await bench.consume(orders, { selector })
      const other: JavaBody & JavaFields = {
        ...javaText('other'),
        type: 'other',
        properties: { colour: 'string:blue', size: 'int:3', serial: 'int:6' },
      }
      await java.send(orders, other)
      await java.send(orders, { ...javaText('this one'), ...fields })
      expect((await next(consumer)).body).toBe('this one')
      expect(await consumer.receiveNoWait()).toBeNull()
    })
  }

  it('Java selects in a topic what polymq publishes, and polymq what Java publishes', async () => {
    const news = uniqueTopic()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const selector = "region = 'EU'"
    const [ofJava, ofPolymq] = [await java.consume(news, { selector }), await bench.consume(news, { selector })]
    await connection.send(news, textMessage('of polymq, elsewhere', { properties: { region: 'US' } }))
    await connection.send(news, textMessage('of polymq', { properties: { region: 'EU' } }))
    await java.send(news, { ...javaText('of Java, elsewhere'), properties: { region: 'string:US' } })
    await java.send(news, { ...javaText('of Java'), properties: { region: 'string:EU' } })
    for (const body of ['of polymq', 'of Java']) {
      expect(await ofJava.receive()).toMatchObject(javaText(body))
      expect((await next(ofPolymq)).body).toBe(body)
    }
  })
}
