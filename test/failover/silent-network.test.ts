import { describe, it } from 'vitest'
import { connect } from '../../src/index.ts'
import { injectedBroker } from '../brokers/injected.ts'
import { FaultyProxy } from '../chaos/faulty-proxy.ts'
import { soon } from '../conformance/waiting.ts'
import { resumed } from './application.ts'
import { injectedPairings } from './protocols.ts'

describe('a connection whose network falls silent', () => {
  it.concurrent.for(injectedPairings())(
    'has its temporary queue again before the broker has noticed, with its consumer: $name over $protocol',
    async ({ name, protocol }, { expect }) => {
      const broker = injectedBroker(name)
      if (broker === undefined) throw new Error(`there is no ${name}`)
      const proxy = await FaultyProxy.to(broker.host, broker.port(protocol))
      const uri = broker.uri(protocol).replace(`:${broker.port(protocol)}`, `:${proxy.port}`)
      await using connection = await connect(uri, { heartbeat: 1_000 })
      const errors: Error[] = []
      connection.on('error', (error) => errors.push(error))
      const session = await connection.createSession()
      const queue = await session.createTemporaryQueue()
      const consumer = await session.createConsumer(queue)

      const again = resumed(connection)
      proxy.fallSilent()
      await again
      await connection.send(queue, 'hello')
      expect((await soon(consumer.receive({ timeout: 5_000 }), 'the message'))?.body).toBe('hello')
      expect(errors).toEqual([])
      await connection.close()
      await proxy.close()
    },
  )
})
