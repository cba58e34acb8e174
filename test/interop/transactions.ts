import { expect, it } from 'vitest'
import { type Bench, next } from './bench.ts'
import { javaText } from './java-message.ts'

const bodies = ['first', 'second', 'third']

/** Not for RabbitMQ, which has no transactions over AMQP 1.0: polymq refuses them. */
export function transactionsSuite(bench: Bench): void {
  it('what Java sends in a transaction comes to polymq with the commit, all of it', async () => {
    const orders = await bench.madeQueue()
    const java = await bench.java({ mode: 'transacted' })
    const consumer = await bench.consume(orders)
    for (const body of bodies) await java.send(orders, javaText(body))
    expect(await consumer.receiveNoWait()).toBeNull()
    await java.commit()
    for (const body of bodies) expect((await next(consumer)).body).toBe(body)
  })

  it('what Java sends and rolls back does not come to polymq', async () => {
    const orders = await bench.madeQueue()
    const java = await bench.java({ mode: 'transacted' })
    const consumer = await bench.consume(orders)
    for (const body of bodies) await java.send(orders, javaText(body))
    await java.rollback()
    await java.send(orders, javaText('next'))
    await java.commit()
    expect((await next(consumer)).body).toBe('next')
    expect(await consumer.receiveNoWait()).toBeNull()
  })

  it('what polymq sends in a transaction comes to Java with the commit, all of it', async () => {
    const orders = await bench.madeQueue()
    const session = await (await bench.connect()).createSession({ transacted: true })
    const producer = await session.createProducer(orders)
    const consumer = await (await bench.java()).consume(orders)
    for (const body of bodies) await producer.send(body)
    expect(await consumer.receiveNoWait()).toBeUndefined()
    await session.commit()
    for (const body of bodies) expect(await consumer.receive()).toMatchObject(javaText(body))
  })

  it('what polymq sends and rolls back does not come to Java', async () => {
    const orders = await bench.madeQueue()
    const session = await (await bench.connect()).createSession({ transacted: true })
    const producer = await session.createProducer(orders)
    const consumer = await (await bench.java()).consume(orders)
    for (const body of bodies) await producer.send(body)
    await session.rollback()
    await producer.send('next')
    await session.commit()
    expect(await consumer.receive()).toMatchObject(javaText('next'))
    expect(await consumer.receiveNoWait()).toBeUndefined()
  })

  it('what Java receives and rolls back comes to polymq; what it commits does not', async () => {
    const orders = await bench.madeQueue()
    const java = await bench.java({ mode: 'transacted' })
    for (const body of bodies) await java.send(orders, javaText(body))
    await java.commit()
    const consumer = await java.consume(orders)
    await consumer.receive()
    await java.commit()
    await consumer.receive()
    await java.rollback()
    await java.close()
    const rest = await bench.consume(orders)
    expect(await next(rest)).toMatchObject({ body: 'second', redelivered: true, deliveryCount: 2 })
    expect((await next(rest)).body).toBe('third')
    expect(await rest.receiveNoWait()).toBeNull()
  })

  it('what polymq receives and rolls back comes to Java; what it commits does not', async () => {
    const orders = await bench.madeQueue()
    const connection = await bench.connect()
    for (const body of bodies) await connection.send(orders, body)
    const session = await connection.createSession({ transacted: true })
    const consumer = await session.createConsumer(orders)
    await next(consumer)
    await session.commit()
    await next(consumer)
    await session.rollback()
    await session.close()
    const rest = await (await bench.java()).consume(orders)
    expect(await rest.receive()).toMatchObject({ ...javaText('second'), redelivered: true })
    expect(await rest.receive()).toMatchObject(javaText('third'))
    expect(await rest.receiveNoWait()).toBeUndefined()
  })
}
