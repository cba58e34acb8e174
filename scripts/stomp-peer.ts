import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'

type Headers = Readonly<Record<string, string | undefined>>

/** What Artemis answers when it is asked, by what it is asked for. */
const ARTEMIS_ANSWERS: Readonly<Record<string, unknown>> = {
  version: '2.44.0',
  routingTypesAsJSON: '["ANYCAST","MULTICAST"]',
  listQueues: '{"data":[]}',
}

/**
 * A peer that speaks as much STOMP as a page does which finds everything in order: it confirms, and hands on what is
 * sent to those who consume from there.
 */
export class StompPeer implements AsyncDisposable {
  readonly #server: WebSocketServer
  readonly #product: string

  /** @param product - what CONNECTED says of the broker */
  static async listen(product: string): Promise<StompPeer> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
    await once(server, 'listening')
    return new StompPeer(server, product)
  }

  private constructor(server: WebSocketServer, product: string) {
    this.#server = server
    this.#product = product
    server.on('connection', (socket) => this.#serve(socket))
  }

  /** RabbitMQ is told by its path, so that one connection is enough. */
  get uri(): string {
    const path = this.#product.startsWith('RabbitMQ') ? '/ws' : '/'
    return `stomp+ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: WebSocket): void {
    let subscriptions: Headers[] = []
    let delivered = 0
    const say = (command: string, headers: Headers, body = ''): void => {
      const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`)
      socket.send(`${command}\n${lines.join('')}\n${body}\0`)
    }
    const deliver = (destination: string | undefined, headers: Headers, body: string): void => {
      const taker = subscriptions.find((one) => one.destination === destination && accepts(one.selector, headers.type))
      if (taker === undefined) return
      delivered += 1
      const ids = { subscription: taker.id, ack: String(delivered), 'message-id': `ID:peer:1:1:${delivered}` }
      say('MESSAGE', { ...headers, ...ids, destination }, body)
    }
    const take = ({ command, headers, body }: ReturnType<typeof frameOf>): void => {
      if (command === 'CONNECT') say('CONNECTED', { version: '1.2', server: this.#product, session: 'peer' })
      if (command === 'SUBSCRIBE') subscriptions.push(headers)
      if (command === 'UNSUBSCRIBE') subscriptions = subscriptions.filter(({ id }) => id !== headers.id)
      if (headers.receipt !== undefined) say('RECEIPT', { 'receipt-id': headers.receipt })
      if (headers.browser !== undefined) deliver(headers.destination, { browser: 'end' }, '')
      if (command !== 'SEND') return
      if (headers.destination === 'activemq.management') deliver(headers['reply-to'], ...answerTo(headers))
      else deliver(headers.destination, headers, body)
    }
    // What clients keep in one message for the broker's sake: no body has a NUL in it here.
    socket.on('message', (data) => {
      for (const text of String(data).split('\0').slice(0, -1)) take(frameOf(text))
    })
  }
}

function frameOf(text: string): { readonly command: string; readonly headers: Headers; readonly body: string } {
  const end = text.indexOf('\n\n')
  const [command = '', ...lines] = text.slice(0, end).split('\n')
  const headers = Object.fromEntries(lines.map((line) => line.split(/:(.*)/s)))
  return { command, headers, body: text.slice(end + 2) }
}

/** The only selector that is understood is one for a type. */
function accepts(selector: string | undefined, type: string | undefined): boolean {
  return selector === undefined || selector === `JMSType = '${type}'`
}

function answerTo(headers: Headers): [headers: Headers, body: string] {
  const asked = headers._AMQ_Attribute ?? headers._AMQ_OperationName ?? ''
  const answer = JSON.stringify([ARTEMIS_ANSWERS[asked] ?? null])
  return [{ 'correlation-id': headers['correlation-id'], _AMQ_OperationSucceeded: 'true' }, answer]
}
