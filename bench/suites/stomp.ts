/** What the suites for STOMP share: raw clients, and what brokers want to be told by them. */
import net from 'node:net'
import { Client, type IFrame, type IMessage, type Client as StompjsClient } from '@stomp/stompjs'
import { connect, queue } from 'polymq'
import stompit from 'stompit'

/** Where a raw STOMP client connects to. */
export interface StompLogin {
  readonly host: string
  readonly port: number
  readonly username: string
  readonly password: string
}

/** The same, and what it calls the queue. */
export interface RawStompTarget extends StompLogin {
  readonly address: string
  /** Header by which SUBSCRIBE says how many messages may be unacknowledged. */
  readonly prefetchHeader: string
}

/** By the product that CONNECTED names; the first that fits. */
const BROKERS: readonly { readonly product: RegExp; readonly prefix: string; readonly prefetchHeader: string }[] = [
  { product: /rabbitmq/i, prefix: '/amq/queue/', prefetchHeader: 'prefetch-count' },
  { product: /^activemq$/i, prefix: '/queue/', prefetchHeader: 'activemq.prefetchSize' },
]

/** Makes the queue, empties it, and tells how to reach it without polymq. */
export async function prepareStompQueue(broker: string, name: string): Promise<RawStompTarget> {
  await using connection = await connect(broker)
  await using session = await connection.createSession()
  const consumer = await session.createConsumer(queue(name))
  while ((await consumer.receive({ timeout: 500 })) !== null);
  const product = connection.peer.product ?? ''
  const known = BROKERS.find((one) => one.product.test(product))
  if (known === undefined)
    throw new Error(`clients of STOMP are compared on ActiveMQ Classic and RabbitMQ, not on ${product}`)
  return { ...stompLogin(broker), address: known.prefix + name, prefetchHeader: known.prefetchHeader }
}

export function stompLogin(broker: string): StompLogin {
  const uri = new URL(broker)
  return {
    host: uri.hostname,
    port: Number(uri.port || 61613),
    username: decodeURIComponent(uri.username),
    password: decodeURIComponent(uri.password),
  }
}

export type { IFrame, IMessage }

/** stompjs over TCP: it wants a socket in the shape of a WebSocket. */
export async function connectStompjs({ host, port, username, password }: RawStompTarget): Promise<StompjsClient> {
  const client = new Client({
    webSocketFactory: () => webSocketOver(net.connect({ host, port, noDelay: true })),
    connectHeaders: { login: username, passcode: password, host: '/' },
    reconnectDelay: 0,
    heartbeatIncoming: 0,
    heartbeatOutgoing: 0,
  })
  await new Promise<void>((resolve, reject) => {
    client.onConnect = () => resolve()
    client.onStompError = ({ headers }) => reject(new Error(headers.message))
    client.activate()
  })
  return client
}

type StompSocket = ReturnType<NonNullable<Client['webSocketFactory']>>

function webSocketOver(socket: net.Socket): StompSocket {
  const shape: StompSocket = {
    url: 'tcp:',
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    get readyState() {
      return socket.connecting ? 0 : socket.writable ? 1 : 3
    },
    send: (data) => void socket.write(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer)),
    close: () => void socket.end(),
  }
  socket.on('connect', () => shape.onopen?.({}))
  socket.on('data', ({ buffer, byteOffset, length }) =>
    shape.onmessage?.({ data: buffer.slice(byteOffset, byteOffset + length) }),
  )
  socket.on('error', (error) => shape.onerror?.(error))
  socket.on('close', () => shape.onclose?.({ code: 1000, reason: '', wasClean: true }))
  return shape
}

export function connectStompit({ host, port, username, password }: StompLogin): Promise<stompit.Client> {
  const connectHeaders = { host: '/', login: username, passcode: password, 'heart-beat': '0,0' }
  return new Promise((resolve, reject) => {
    stompit.connect({ host, port, connectHeaders, noDelay: true }, (error, client) => {
      if (error) reject(error)
      else resolve(client)
    })
  })
}
