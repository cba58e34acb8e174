/** What the Java client is made to do, and which of the frames that it takes are kept. */

import { failureOf } from '../../amqp10/support.ts'
import { reader } from '../../brokers/index.ts'
import { type JavaBody, type JavaFields, javaText, type Place } from '../../interop/java-message.ts'
import type { JavaPeer } from '../../interop/java-peer.ts'
import type { JavaSession, JavaSessionOptions } from '../../interop/java-session.ts'
import { messages } from './messages.ts'

export interface Scenario {
  readonly name: string
  /** `client NAME` or `broker NAME` of a command: the first one; with a number after it so many, with `*` all. */
  readonly keep: readonly string[]
  /** Whether Java connects by a URI of `failover:`. */
  readonly failover?: boolean
  /** The message that is sent in it, as Java was told. */
  readonly message?: JavaBody & JavaFields
  /** @param cut ends the connections that there are */
  run(java: JavaPeer, cut: () => void): Promise<unknown>
}

const orders: Place = { kind: 'queue', name: 'orders' }
const news: Place = { kind: 'topic', name: 'news' }
const hello = javaText('hello')

export const scenarios: readonly Scenario[] = [
  {
    name: 'a connection',
    keep: [
      'client WireFormatInfo',
      'broker WireFormatInfo',
      'broker BrokerInfo',
      'client ConnectionInfo',
      'broker ConnectionControl',
      'broker Response',
      'client SessionInfo',
      'client ProducerInfo',
      'client ConsumerInfo *',
      'client RemoveInfo *',
      'client ShutdownInfo',
    ],
    run: (java) => exchange(java, hello),
  },
  ...messages.map(({ name, message, settings }): Scenario => {
    return {
      name,
      keep: [`client ${message.class}`, 'broker MessageDispatch'],
      message,
      run: (java) => exchange(java, message, settings === undefined ? {} : { settings }),
    }
  }),
  {
    name: 'a message that is not persistent, with a priority and a time to live',
    keep: ['client TextMessage', 'broker MessageDispatch'],
    message: hello,
    run: async (java) => {
      const session = await java.open()
      await session.send(orders, hello, { deliveryMode: 'non-persistent', priority: 9, timeToLive: 60_000 })
      await (await session.consume(orders)).receive()
    },
  },
  {
    name: 'a message to several destinations',
    keep: ['client ProducerInfo', 'client TextMessage', 'broker MessageDispatch'],
    message: hello,
    run: async (java) => {
      const session = await java.open()
      const consumer = await session.consume({ kind: 'queue', name: 'composite.*' })
      await session.send({ kind: 'queue', name: 'composite.one,topic://composite.two' }, hello)
      await consumer.receive()
    },
  },
  {
    name: 'a consumer with every option of a destination',
    keep: ['client ConsumerInfo *'],
    run: async (java) => {
      const session = await java.open(quiet)
      const options = 'prefetchSize=7&consumer.maximumPendingMessageLimit=3&consumer.dispatchAsync=false'
      const name = `options?consumer.exclusive=true&consumer.priority=5&consumer.retroactive=true&consumer.${options}`
      await session.consume({ kind: 'queue', name }, { selector: "colour = 'grün 😀'" })
    },
  },
  {
    name: 'messages acknowledged one by one',
    keep: ['client MessageAck'],
    run: (java) => receive(java, { mode: 'auto' }),
  },
  {
    name: 'messages acknowledged together',
    keep: ['client MessageAck *'],
    run: async (java) => {
      const session = await java.open({ mode: 'client', settings: 'jms.prefetchPolicy.queuePrefetch=4' })
      const consumer = await sendAndConsume(session, 3)
      for (let count = 0; count < 3; count += 1) await consumer.receive()
      await consumer.acknowledge()
    },
  },
  {
    name: 'messages acknowledged individually',
    keep: ['client MessageAck *'],
    run: async (java) => {
      const session = await java.open({ mode: 'individual' })
      const consumer = await sendAndConsume(session, 2)
      for (let count = 0; count < 2; count += 1) {
        await consumer.receive()
        await consumer.acknowledge()
      }
    },
  },
  {
    name: 'a message that has expired at the client',
    keep: ['client MessageAck *'],
    run: async (java) => {
      const session = await java.open()
      const consumer = await session.consume(orders)
      const nothing = await session.consume({ kind: 'queue', name: 'nothing' })
      await session.send(orders, hello, { timeToLive: 500 })
      await failureOf(nothing.receive(1_000))
      await consumer.receiveNoWait()
    },
  },
  {
    name: 'a transaction that is committed',
    keep: ['client TransactionInfo *', 'client TextMessage', 'client MessageAck *', 'broker Response *'],
    run: async (java) => {
      const session = await java.open({ mode: 'transacted', ...quiet })
      await session.send(orders, hello)
      await session.commit()
      await (await session.consume(orders)).receive()
      await session.commit()
    },
  },
  {
    name: 'a transaction that is rolled back, with what is delivered again and then refused',
    keep: ['client TransactionInfo *', 'client MessageAck *', 'broker MessageDispatch *'],
    run: async (java) => {
      const policy = 'jms.redeliveryPolicy.maximumRedeliveries=1&jms.redeliveryPolicy.initialRedeliveryDelay=0'
      const session = await java.open({ mode: 'transacted', settings: policy })
      await session.send(orders, hello)
      await session.commit()
      const consumer = await session.consume(orders)
      for (let count = 0; count < 2; count += 1) {
        await consumer.receive()
        await session.rollback()
      }
      const dead = await session.consume({ kind: 'queue', name: 'ActiveMQ.DLQ' })
      await dead.receive()
      await session.commit()
    },
  },
  {
    name: 'messages that are asked for one by one',
    keep: ['client ConsumerInfo *', 'client MessagePull *', 'broker MessageDispatch *'],
    run: async (java) => {
      const session = await java.open({ settings: 'jms.prefetchPolicy.all=0&jms.watchTopicAdvisories=false' })
      const consumer = await sendAndConsume(session, 1)
      await consumer.receive()
      await consumer.receiveNoWait()
    },
  },
  {
    name: 'a producer with a window',
    keep: ['client ProducerInfo', 'client TextMessage', 'broker ProducerAck'],
    run: async (java) => {
      const session = await java.open({ settings: 'jms.producerWindowSize=1024' })
      const consumer = await session.consume(orders)
      for (let count = 0; count < 3; count += 1) await session.send(orders, hello, { deliveryMode: 'non-persistent' })
      for (let count = 0; count < 3; count += 1) await consumer.receive()
    },
  },
  {
    name: 'a browser',
    keep: ['client ConsumerInfo *', 'broker MessageDispatch *', 'client MessageAck *', 'client RemoveInfo'],
    run: async (java) => {
      const session = await java.open(quiet)
      await session.send(orders, hello)
      await session.browse(orders, 'JMSPriority = 4')
      await (await session.consume(orders)).receive()
    },
  },
  {
    name: 'a durable subscription',
    keep: ['client ConnectionInfo', 'client ConsumerInfo', 'broker MessageDispatch', 'client RemoveSubscriptionInfo'],
    run: async (java) => {
      const session = await java.open({ clientId: 'shop-1', ...quiet })
      const consumer = await session.consume(news, { durable: 'audit', selector: "region = 'EU'" })
      await session.send(news, { ...hello, properties: { region: 'string:EU' } })
      await consumer.receive()
      await consumer.close()
      await session.unsubscribe('audit')
    },
  },
  {
    name: 'temporary destinations, of which the broker tells everybody',
    keep: ['client DestinationInfo *', 'client TextMessage', 'client ConsumerInfo *', 'broker MessageDispatch *'],
    run: async (java) => {
      const [asking, answering] = [await java.open(), await java.open()]
      const consumer = await answering.consume(orders)
      for (const kind of ['queue', 'topic'] as const) {
        const replyTo = await asking.createTemporary(kind)
        const answers = await asking.consume(replyTo)
        await asking.send(orders, { ...hello, replyTo, correlationId: 'order 7' })
        await consumer.answer(hello)
        await answers.receive()
      }
    },
  },
  {
    name: 'advisories of connections, consumers and producers',
    keep: ['broker MessageDispatch *'],
    run: async (java) => {
      const watching = await java.open(quiet)
      const topics = ['Connection', 'Consumer.Queue.watched', 'Producer.Queue.watched', 'Queue']
      const name = topics.map((topic) => `ActiveMQ.Advisory.${topic}`).join(',')
      const advisories = await watching.consume({ kind: 'topic', name })
      const session = await java.open(quiet)
      const watched: Place = { kind: 'queue', name: 'watched' }
      await session.send(watched, hello)
      await (await session.consume(watched)).receive()
      for (let count = 0; count < 4; count += 1) await advisories.receive()
    },
  },
  {
    name: 'a connection that is lost, by failover',
    keep: ['client ConnectionControl', 'client ConnectionInfo 2', 'client ConsumerInfo 2', 'client TextMessage'],
    failover: true,
    run: async (java, cut) => {
      const session = await java.open(quiet)
      const consumer = await session.consume(orders)
      cut()
      await session.send(orders, hello)
      await consumer.receive()
    },
  },
  {
    name: 'a connection on which nothing is said for a while',
    keep: ['client WireFormatInfo', 'client KeepAliveInfo', 'broker KeepAliveInfo'],
    run: async (java) => {
      const settings = 'wireFormat.maxInactivityDuration=300&wireFormat.maxInactivityDurationInitalDelay=100'
      const consumer = await (await java.open({ settings })).consume({ kind: 'queue', name: 'silent' })
      await failureOf(consumer.receive(1_000))
    },
  },
  {
    name: 'a wrong password',
    keep: ['broker ExceptionResponse'],
    run: (java) => failureOf(java.open({ user: { username: 'polymq', password: 'wrong' } })),
  },
  {
    name: 'what the broker refuses',
    keep: ['broker ExceptionResponse *'],
    run: async (java) => {
      const session = await java.open({ clientId: 'shop-2', ...quiet })
      await failureOf(java.open({ clientId: 'shop-2', ...quiet }))
      await failureOf(session.consume(orders, { selector: 'colour = = 1' }))
      await failureOf(session.unsubscribe('nothing'))
    },
  },
  {
    name: 'what the broker refuses of what it need not answer',
    keep: ['broker ConnectionError'],
    run: async (java) => {
      const settings = 'jms.useAsyncSend=true&jms.watchTopicAdvisories=false'
      await (await java.open(quiet)).send(orders, { ...hello, replyTo: { kind: 'queue', name: 'answers' } })
      const consumer = await (await java.open({ user: reader, settings })).consume(orders)
      await consumer.answer(hello)
    },
  },
]

/** Without the consumer of advisories that Java makes for each connection. */
const quiet: JavaSessionOptions = { settings: 'jms.watchTopicAdvisories=false' }

async function exchange(
  java: JavaPeer,
  message: JavaBody & JavaFields,
  options: JavaSessionOptions = {},
): Promise<void> {
  const session = await java.open(options)
  await session.send(orders, message)
  await (await session.consume(orders)).receive()
}

async function receive(java: JavaPeer, options: JavaSessionOptions): Promise<void> {
  await (await sendAndConsume(await java.open(options), 1)).receive()
}

async function sendAndConsume(session: JavaSession, count: number) {
  for (let number = 1; number <= count; number += 1) await session.send(orders, javaText(`order ${number}`))
  return session.consume(orders)
}
