import { describe, expect, it } from 'vitest'
import { makeDestination } from '../../../src/message/destination.ts'
import { activemqContext, plainContext, rabbitmqContext } from '../../../src/providers/amqp10/addresses.ts'
import { TemporaryNames } from '../../../src/providers/amqp10/temporary-names.ts'

const answers = makeDestination('temporary-queue', 'first')

describe('a temporary queue that another broker has made again', () => {
  it.each([
    ['ActiveMQ Classic', activemqContext(), 'temp-queue://second'],
    ['Artemis', plainContext(), 'second'],
    ['RabbitMQ', rabbitmqContext(), '/queues/second'],
  ])('is known by the name it had before: %s', (_, mapping, address) => {
    const names = new TemporaryNames()
    names.add('first', 'second')
    const context = names.over(mapping)
    expect(context.addressOf(answers)).toBe(address)
    expect(context.destinationOf(address, 'temporary-queue')).toMatchObject({ kind: 'temporary-queue', name: 'first' })
    expect(context.destinationOf(address, undefined)?.name).toBe('first')
  })

  it('is not mixed up with a queue of that name', () => {
    const names = new TemporaryNames()
    names.add('first', 'second')
    const context = names.over(plainContext())
    expect(context.addressOf(makeDestination('queue', 'first'))).toBe('first')
    expect(context.destinationOf('other', 'queue')?.name).toBe('other')
  })

  it('needs no second name where the broker takes the first', () => {
    const names = new TemporaryNames()
    names.add('first', 'first')
    const context = names.over(rabbitmqContext())
    expect(context.addressOf(answers)).toBe('/queues/first')
    expect(context.destinationOf('/queues/first', 'temporary-queue')?.name).toBe('first')
  })
})
