import { afterEach, describe, expect, it } from 'vitest'
import { type Connection, type Consumer, connect, type ReceivedMessage, topic } from '../../../src/index.ts'
import { brokerOf } from '../../../src/providers/mqtt/broker.ts'
import { windowFor } from '../../../src/providers/mqtt/window.ts'
import { type Client, message as messageOf, type Script, ScriptedBroker } from './scripted-broker.ts'

const opened: (ScriptedBroker | Connection)[] = []

afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close()
})

/** A durable consumer of `news` at QoS 2, which acknowledges one by one. */
async function sit(prefetch: number, script: Script): Promise<{ broker: ScriptedBroker; consumer: Consumer<string> }> {
  const broker = await ScriptedBroker.listen(script)
  opened.push(broker)
  const options = { clientId: 'me', failover: false, heartbeat: 0, closeTimeout: 200 } as const
  const connection = await connect(`${broker.uri}?mqtt.qos=2&mqtt.broker=artemis`, options)
  opened.push(connection)
  const session = await connection.createSession({ acknowledgeMode: 'individual' })
  return { broker, consumer: await session.createDurableConsumer(topic<string>('news'), 'all', { prefetch }) }
}

async function next(consumer: Consumer<string>): Promise<ReceivedMessage<string>> {
  const message = await consumer.receive({ timeout: 2_000 })
  if (message === null) throw new Error('nothing comes any more')
  return message
}

/** As Artemis on a bad day: what is being released has its room until PUBCOMP, which lets nothing else go. */
function stalling(count: number): Script {
  let window = 0
  let used = 0
  let sent = 0
  const deliver = (to: Client): void => {
    for (; used < window && sent < count; used += 1) {
      sent += 1
      to.say(messageOf(sent, 'news', { qos: 2 }))
    }
  }
  return (packet, to) => {
    const { messageId = 0 } = packet
    if (packet.cmd === 'connect') {
      window = packet.properties?.receiveMaximum ?? 65_535
      return false
    }
    if (packet.cmd === 'subscribe') {
      to.say({ cmd: 'suback', messageId, granted: [2] })
      deliver(to)
    } else if (packet.cmd === 'pubrec') {
      to.say({ cmd: 'pubrel', messageId })
      deliver(to)
    } else if (packet.cmd === 'pubcomp') {
      used -= 1
    } else {
      return false
    }
    return true
  }
}

describe('QoS 2 over MQTT', () => {
  it.each([1, 2, 10])(
    'goes on with a prefetch of %d where the end of a handshake lets no other message go',
    async (prefetch) => {
      const { consumer } = await sit(prefetch, stalling(40))
      for (let count = 0; count < 40; count += 1) await (await next(consumer)).acknowledge()
    },
  )

  it('goes on there for an application that keeps all but one of its prefetch', async () => {
    const { consumer } = await sit(10, stalling(40))
    for (let kept = 0; kept < 9; kept += 1) await next(consumer)
    for (let count = 9; count < 40; count += 1) await (await next(consumer)).acknowledge()
  })

  it('goes on there for an application that collects messages and acknowledges them at once', async () => {
    const { consumer } = await sit(10, stalling(40))
    for (let batch = 0; batch < 4; batch += 1) {
      const collected: ReceivedMessage<string>[] = []
      while (collected.length < 10) collected.push(await next(consumer))
      await Promise.all(collected.map((message) => message.acknowledge()))
    }
  })

  it('tells the broker of all that is acknowledged before it says good-bye', async () => {
    const { broker, consumer } = await sit(10, ({ cmd }) => cmd === 'pubrec')
    broker.client.say(...Array.from({ length: 10 }, (_, index) => messageOf(index + 1, 'news', { qos: 2 })))
    for (let count = 0; count < 10; count += 1) await (await next(consumer)).acknowledge()
    await consumer.close()
    const said = broker.packets.map(({ cmd }) => cmd)
    expect(said.slice(0, said.indexOf('disconnect')).filter((cmd) => cmd === 'pubrec')).toHaveLength(10)
  })
})

describe('the window of a connection', () => {
  const [artemis, mosquitto] = [brokerOf('artemis', 5, {}, false), brokerOf('mosquitto', 5, {}, false)]

  it('is the prefetch, save at QoS 2 on Artemis', () => {
    expect(windowFor(10, { broker: mosquitto, qos: 2, isKept: true }).receiveMaximum).toBe(10)
    expect(windowFor(10, { broker: artemis, qos: 1, isKept: true }).receiveMaximum).toBe(10)
    expect(windowFor(0, { broker: artemis, qos: 1, isKept: true }).receiveMaximum).toBe(1)
  })

  it('has room at QoS 2 on Artemis for what is being released, and in a kept session for what was', () => {
    expect(windowFor(10, { broker: artemis, qos: 2, isKept: false })).toEqual({ receiveMaximum: 15, handshakes: 5 })
    expect(windowFor(10, { broker: artemis, qos: 2, isKept: true })).toEqual({ receiveMaximum: 20, handshakes: 5 })
    expect(windowFor(1, { broker: artemis, qos: 2, isKept: false })).toEqual({ receiveMaximum: 2, handshakes: 1 })
    expect(windowFor(65_535, { broker: artemis, qos: 2, isKept: true }).receiveMaximum).toBe(65_535)
  })

  it('has that room on a broker that is not known', () => {
    expect(windowFor(10, { broker: brokerOf(undefined, 5, {}, false), qos: 2, isKept: true }).receiveMaximum).toBe(20)
  })
})
