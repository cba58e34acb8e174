import { expect, it } from 'vitest'
import type { Queue, ReceivedMessage } from '../../src/index.ts'
import { type Bench, next, uniqueQueue } from './bench.ts'
import { javaText } from './java-message.ts'

export function redeliveriesSuite(bench: Bench): void {
  // Qpid JMS gives back what it holds and ends the connection with its consumer still attached: RabbitMQ 4.0 delivers
  // there once more meanwhile, and counts that too, for whoever comes next.
  const countOfJava = bench.broker.name === 'rabbitmq' ? 2 : 1

  it('what polymq gives back is redelivered to Java: with its message id, and counted', async () => {
    const orders = uniqueQueue()
    const connection = await bench.connect()
    await connection.send(orders, 'hello')
    const given = await giveBack(bench, orders)
    expect(given).toMatchObject({ redelivered: false, deliveryCount: 1 })
    const received = await (await (await bench.java()).consume(orders)).receive()
    expect(received).toMatchObject({ ...javaText('hello'), messageId: given.messageId, redelivered: true })
    expect(received.properties).toMatchObject({ JMSXDeliveryCount: 'int:2' })
  })

  it('what Java gives back is redelivered to polymq, and counted', async () => {
    const orders = await bench.madeQueue()
    const java = await bench.java({ mode: 'client' })
    await java.send(orders, javaText('hello'))
    expect(await (await java.consume(orders)).receive()).toMatchObject({ redelivered: false })
    await java.close()
    expect(await next(await bench.consume(orders))).toMatchObject({
      body: 'hello',
      redelivered: true,
      deliveryCount: 1 + countOfJava,
    })
  })

  it('Java and polymq count one after the other', async () => {
    const orders = uniqueQueue()
    await (await bench.connect()).send(orders, 'hello')
    await giveBack(bench, orders)
    const java = await bench.java({ mode: 'client' })
    await (await java.consume(orders)).receive()
    await java.close()
    expect(await next(await bench.consume(orders))).toMatchObject({ redelivered: true, deliveryCount: 2 + countOfJava })
  })

  it('what Java has acknowledged, polymq does not get; what it has not, polymq does', async () => {
    const orders = await bench.madeQueue()
    const java = await bench.java({ mode: 'client' })
    for (const body of ['first', 'second', 'third']) await java.send(orders, javaText(body))
    const consumer = await java.consume(orders)
    await consumer.receive()
    await consumer.receive()
    await consumer.acknowledge()
    await consumer.receive()
    await java.close()
    const rest = await bench.consume(orders)
    expect((await next(rest)).body).toBe('third')
    expect(await rest.receiveNoWait()).toBeNull()
  })
}

/** polymq receives a message, and closes without acknowledging it. */
async function giveBack(bench: Bench, orders: Queue): Promise<ReceivedMessage> {
  const session = await (await bench.connect()).createSession({ acknowledgeMode: 'client' })
  const received = await next(await session.createConsumer(orders))
  await session.close()
  return received
}
