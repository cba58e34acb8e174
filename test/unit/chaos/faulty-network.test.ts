import { describe, expect, it } from 'vitest'
import { FaultyNetwork } from '../../chaos/faulty-network.ts'

describe('a faulty network', () => {
  it.each([
    ['amqp://polymq:secret@127.0.0.1:5672', ''],
    ['amqp://polymq:secret@127.0.0.1:5672/?amqp.version=0-9-1', '/?amqp.version=0-9-1'],
    ['amqp://polymq:secret@127.0.0.1:5672?amqp.version=1.0', '?amqp.version=1.0'],
  ])('is between a client and %s', async (uri, rest) => {
    const network = await FaultyNetwork.before([uri])
    try {
      const [through = ''] = network.uris
      expect(through.replace(/:\d+(?=$|[/?])/, ':PORT')).toBe(`amqp://polymq:secret@127.0.0.1:PORT${rest}`)
      expect(new URL(through).port).not.toBe('5672')
    } finally {
      await network.close()
    }
  })
})
