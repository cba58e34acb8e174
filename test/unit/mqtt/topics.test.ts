import { describe, expect, it } from 'vitest'
import { InvalidDestinationError, topic } from '../../../src/index.ts'
import { filterOf, filtersOverlap, matchesFilter, swapTopic, topicOf } from '../../../src/providers/mqtt/topics.ts'

const ANY = { losesDots: false }
const RABBITMQ = { losesDots: true }

describe('names of topics over MQTT', () => {
  it.each([
    ['prices.gold', 'prices/gold'],
    ['prices.*.eur', 'prices/+/eur'],
    ['prices.>', 'prices/#'],
    ['>', '#'],
    ['a/b.c', 'a.b/c'],
    ['$SYS.broker', '$SYS/broker'],
  ])('%s is %s, and back', (name, filter) => {
    expect(filterOf(topic(name), ANY)).toBe(filter)
    expect(swapTopic(filter)).toBe(name)
  })

  it.each(['a*b', 'a.>.b', 'a>', '*a.b'])('refuses %s, which is no filter', (name) => {
    expect(() => filterOf(topic(name), ANY)).toThrow(InvalidDestinationError)
  })

  it.each(['a.*', 'a.>', 'a*'])('refuses to send to %s', (name) => {
    expect(() => topicOf(topic(name), ANY)).toThrow(InvalidDestinationError)
  })

  it('refuses on RabbitMQ a name that would come out as another one', () => {
    expect(() => topicOf(topic('a/b'), RABBITMQ)).toThrow(/write the levels with \./)
    expect(topicOf(topic('a.b'), RABBITMQ)).toBe('a/b')
  })
})

describe('filters', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/+', 'a/b', true],
    ['a/+', 'a', false],
    ['a/+', 'a/', true],
    ['a/+', 'a/b/c', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['#', 'a/b', true],
    ['#', '$SYS/a', false],
    ['+/a', '$SYS/a', false],
    ['$SYS/#', '$SYS/a', true],
    ['+/+', '/a', true],
    ['a/b', 'a/c', false],
  ])('%s matches %s: %s', (filter, name, matches) => {
    expect(matchesFilter(filter, name)).toBe(matches)
  })

  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/c', false],
    ['a/+', '+/b', true],
    ['a/+', 'b/+', false],
    ['a/#', 'a', true],
    ['a/#', 'a/b/c', true],
    ['a/+', 'a/b/c', false],
    ['#', 'x', true],
  ])('%s and %s overlap: %s', (one, other, overlap) => {
    expect(filtersOverlap(one, other)).toBe(overlap)
    expect(filtersOverlap(other, one)).toBe(overlap)
  })
})
