import { expect, it } from 'vitest'
import { type Message, queue, topic } from '../../src/index.ts'
import { uniqueName } from '../amqp10/support.ts'
import { type Bench, next, uniqueQueue } from './bench.ts'
import { bodiesOf } from './bodies.ts'
import { javaText } from './java-message.ts'
import { propertySamples, recordOf, withinBmp } from './values.ts'

/** ms that a message waits at the broker, and that its clock and this one may differ. */
const DELAY = 1_000
const CLOCKS = 200

/** What ActiveMQ's clients have beyond JMS, on the other side. */
export function openwireSuite(bench: Bench): void {
  for (const [what, { java: body, sent, received = sent.body }] of Object.entries(bodiesOf(bench))) {
    it(`${what} of polymq, compressed, is the same for Java`, async () => {
      const orders = uniqueQueue()
      await (await bench.connect({}, '?jms.useCompression=true')).send(orders, sent)
      expect(await (await (await bench.java()).consume(orders)).receive()).toMatchObject({ ...body, compressed: true })
    })

    it(`${what} of Java, compressed, is the same for polymq`, async () => {
      const orders = uniqueQueue()
      const java = await bench.java({ settings: 'jms.useCompression=true' })
      await java.send(orders, body)
      const { kind, body: found } = await next(await bench.consume(orders))
      expect({ kind, body: found }).toEqual({ kind: sent.kind, body: received })
    })
  }

  it('a compressed object of Java is its bytes for polymq', async () => {
    const orders = uniqueQueue()
    const java = await bench.java({ settings: 'jms.useCompression=true' })
    await java.send(orders, { class: 'ObjectMessage', body: 'string:hello' })
    const { kind, body } = await next(await bench.consume(orders))
    expect(kind).toBe('bytes')
    expect(Buffer.from(body as Uint8Array).toString('latin1')).toBe('\xac\xed\0\x05t\0\x05helloy')
  })

  it('a compressed message that polymq sends on is the same for Java', async () => {
    const [first, second] = [uniqueQueue(), uniqueQueue()]
    const [connection, java] = [await bench.connect(), await bench.java({ settings: 'jms.useCompression=true' })]
    await java.send(first, javaText('hello 😀'))
    await connection.send(second, await next(await bench.consume(first)))
    expect(await (await java.consume(second)).receive()).toMatchObject(javaText('hello 😀'))
  })

  it('each side browses what the other one has sent, and takes nothing', async () => {
    const orders = uniqueQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const ids = [await java.send(orders, javaText('first'))]
    await connection.send(orders, 'second')
    const browser = await (await connection.createSession()).createBrowser(orders)
    const found: Message[] = []
    for await (const message of browser) found.push(message)
    expect(found.map(({ body }) => body)).toEqual(['first', 'second'])
    expect(await java.browse(orders)).toEqual([...ids, found[1]?.messageId])
    const rest = await bench.consume(orders)
    for (const body of ['first', 'second']) expect((await next(rest)).body).toBe(body)
  })

  it('what Java acknowledges individually, polymq does not get, and what polymq does, Java does not', async () => {
    const orders = uniqueQueue()
    const java = await bench.java({ mode: 'individual' })
    for (const body of ['first', 'second', 'third']) await java.send(orders, javaText(body))
    const ofJava = await java.consume(orders)
    await ofJava.receive()
    await ofJava.receive()
    await ofJava.acknowledge()
    await java.close()
    const session = await (await bench.connect()).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(orders)
    expect((await next(consumer)).body).toBe('first')
    const third = await next(consumer)
    expect(third.body).toBe('third')
    await third.acknowledge()
    await session.close()
    const rest = await (await bench.java()).consume(orders)
    expect(await rest.receive()).toMatchObject(javaText('first'))
    expect(await rest.receiveNoWait()).toBeUndefined()
  })

  it('a composite destination is each of its parts on the other side', async () => {
    const [one, two] = [uniqueName('one'), uniqueName('two')]
    const [connection, java] = [await bench.connect(), await bench.java()]
    const ofJava = await java.consume({ kind: 'topic', name: two })
    await connection.send(queue(`${one},topic://${two}`), 'of polymq')
    await java.send({ kind: 'queue', name: `${one},topic://${two}` }, javaText('of Java'))
    const ofPolymq = await bench.consume(queue(one))
    for (const body of ['of polymq', 'of Java']) {
      expect(await ofJava.receive()).toMatchObject(javaText(body))
      expect((await next(ofPolymq)).body).toBe(body)
    }
  })

  it('wildcards take what the other side publishes', async () => {
    const name = uniqueName('news')
    const [connection, java] = [await bench.connect(), await bench.java()]
    const ofJava = await java.consume({ kind: 'topic', name: `${name}.*.eu` })
    const ofPolymq = await bench.consume(topic(`${name}.>`))
    await connection.send(topic(`${name}.food.eu`), 'of polymq')
    await java.send({ kind: 'topic', name: `${name}.cars.eu` }, javaText('of Java'))
    for (const [body, place] of [
      ['of polymq', 'food'],
      ['of Java', 'cars'],
    ] as const) {
      const destination = { kind: 'topic', name: `${name}.${place}.eu` }
      expect(await ofJava.receive()).toMatchObject({ ...javaText(body), destination })
      expect(await next(ofPolymq)).toMatchObject({ body, destination })
    }
  })

  it('what one side delays comes later to the other', async () => {
    const orders = uniqueQueue()
    const [connection, java] = [await bench.connect(), await bench.java()]
    const start = Date.now()
    await connection.send(orders, 'of polymq', { deliveryDelay: DELAY })
    expect(await (await java.consume(orders)).receive()).toMatchObject(javaText('of polymq'))
    expect(Date.now() - start).toBeGreaterThan(DELAY - CLOCKS)
    await java.close()
    const again = Date.now()
    const properties = { AMQ_SCHEDULED_DELAY: `long:${DELAY}` } as const
    await (await bench.java()).send(orders, { ...javaText('of Java'), properties })
    expect(await next(await bench.consume(orders))).toMatchObject({ body: 'of Java', properties: {} })
    expect(Date.now() - again).toBeGreaterThan(DELAY - CLOCKS)
  })

  it('what Java sends without waiting for the broker comes to polymq, all of it in its order', async () => {
    const orders = uniqueQueue()
    const consumer = await bench.consume(orders)
    const java = await bench.java({ settings: 'jms.useAsyncSend=true' })
    for (let number = 0; number < 50; number += 1) await java.send(orders, javaText(String(number)))
    for (let number = 0; number < 50; number += 1) expect((await next(consumer)).body).toBe(String(number))
  })

  // Artemis counts deliveries by itself: polymq refuses to release there.
  if (bench.broker.name === 'artemis') return
  it('what polymq releases is for Java what it was, and counted', async () => {
    const orders = uniqueQueue()
    const java = await bench.java({ settings: 'jms.useCompression=true' })
    const properties = recordOf(withinBmp(propertySamples), 'java')
    const sent = {
      class: 'ObjectMessage',
      body: 'string:hello',
      correlationId: 'order 7',
      type: 'order',
      properties,
    } as const
    const messageId = await java.send(orders, sent, { priority: 7 })
    const session = await (await bench.connect()).createSession({ acknowledgeMode: 'individual' })
    const consumer = await session.createConsumer(orders)
    await (await next(consumer)).release()
    await consumer.close()
    expect(await (await java.consume(orders)).receive()).toMatchObject({
      ...sent,
      messageId,
      priority: 7,
      redelivered: true,
      compressed: true,
      properties: { ...properties, JMSXDeliveryCount: 'int:2' },
    })
  })
}
