/** What the suites for AMQP 1.0 share. */
import { connect, queue } from 'polymq'
import type { ConnectionOptions } from 'rhea'

/** Where a raw AMQP client connects to, and what it calls the queue. */
export interface RawTarget {
  readonly options: ConnectionOptions
  readonly address: string
}

/** Makes the queue, empties it, and tells how to reach it without polymq. */
export async function prepareQueue(broker: string, name: string): Promise<RawTarget> {
  await using connection = await connect(broker)
  await using session = await connection.createSession()
  const consumer = await session.createConsumer(queue(name))
  while ((await consumer.receive({ timeout: 500 })) !== null);
  return { options: rawOptions(broker), address: addressOf(connection.peer.product ?? '', name) }
}

export function rawOptions(broker: string): ConnectionOptions {
  const uri = new URL(broker)
  const encrypted = uri.protocol === 'amqps:'
  const base = {
    host: uri.hostname,
    port: Number(uri.port || (encrypted ? 5671 : 5672)),
    username: decodeURIComponent(uri.username),
    password: decodeURIComponent(uri.password),
    reconnect: false,
  }
  return encrypted ? { ...base, transport: 'tls', servername: uri.hostname } : { ...base, transport: 'tcp' }
}

function addressOf(product: string, name: string): string {
  if (/rabbitmq/i.test(product)) return `/queues/${name}`
  return /artemis/i.test(product) || !/activemq/i.test(product) ? name : `queue://${name}`
}
