import { expect, it } from 'vitest'
import { MessageFormatError, message, type ReceivedMessage, readProperty, textMessage } from '../../src/index.ts'
import { type Bench, next, uniqueQueue } from './bench.ts'
import type { Typed } from './java-message.ts'
import { propertySamples, recordOf, withinBmp } from './values.ts'

export function propertiesSuite(bench: Bench): void {
  const samples = bench.keepsEveryCharacter ? propertySamples : withinBmp(propertySamples)
  const inJava = recordOf(samples, 'java')
  /**
   * What Java tells besides what was sent. To Artemis polymq gives the id by which that knows duplicates, over AMQP; over
   * OpenWire the broker adds whose connection it came by.
   */
  const ofEveryMessage: Record<string, Typed> = {
    ...(bench.client.countsFirst && { JMSXDeliveryCount: 'int:1' as const }),
    ...(bench.broker.name === 'artemis' && {
      [bench.client.port === 'openwire' ? '__AMQ_CID' : '_AMQ_DUPL_ID']: expect.stringMatching(/^string:ID:/),
    }),
  }

  it('properties of every type of polymq have the same types for Java', async () => {
    const received = await bench.toJava(textMessage('', { properties: recordOf(samples, 'sent') }))
    expect(received.properties).toEqual({ ...inJava, ...ofEveryMessage })
  })

  it('properties of every type of Java have the same types for polymq', async () => {
    const received = await bench.fromJava({ class: 'TextMessage', body: 'string:', properties: inJava })
    expect(received.properties).toEqual(recordOf(samples, 'received'))
    for (const { name, java } of samples) {
      expect([name, typeIn(received, name)]).toEqual([name, java.slice(0, java.indexOf(':'))])
    }
  })

  it('properties of Java that polymq sends on have the same types for Java', async () => {
    const [first, second] = [uniqueQueue(), uniqueQueue()]
    const [connection, java] = [await bench.connect(), await bench.java()]
    const consumer = await bench.consume(first)
    await java.send(first, { class: 'TextMessage', body: 'string:', properties: inJava })
    await connection.send(second, await next(consumer))
    const received = await (await java.consume(second)).receive()
    expect(received.properties).toEqual({ ...inJava, ...ofEveryMessage })
  })

  it('a message without properties has none on the other side', async () => {
    expect((await bench.toJava(message())).properties).toEqual(ofEveryMessage)
    expect((await bench.fromJava({ class: 'TextMessage', body: 'string:' })).properties).toEqual({})
  })
}

/** The narrowest type that a property can be read as: by the conversions of JMS 3.1 §3.5.4 that is its own. */
function typeIn(received: ReceivedMessage, name: string): string {
  const types = ['boolean', 'byte', 'short', 'int', 'long', 'float', 'double'] as const
  if (typeof received.properties[name] === 'string') return 'string'
  for (const type of types) {
    try {
      readProperty(received, name, type)
      return type
    } catch (error) {
      if (!(error instanceof MessageFormatError)) throw error
    }
  }
  throw new Error(`the property ${name} can be read as nothing`)
}
