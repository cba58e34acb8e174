import net from 'node:net'
import { Client, type StompHeaders } from '@stomp/stompjs'

/** A client of stompjs that is connected over TCP: it wants a socket in the shape of a WebSocket. */
export async function stompjsClient(uri: string): Promise<Client> {
  const { hostname, port, username, password } = new URL(uri)
  const client = new Client({
    webSocketFactory: () => webSocketOver(net.connect({ host: hostname, port: Number(port), noDelay: true })),
    connectHeaders: { login: decodeURIComponent(username), passcode: decodeURIComponent(password), host: '/' },
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

/** Sends, and waits for the receipt. */
export function publish(
  client: Client,
  destination: string,
  headers: StompHeaders,
  body: string | Uint8Array,
): Promise<void> {
  return new Promise((resolve) => {
    const receipt = `receipt-${Math.random()}`
    client.watchForReceipt(receipt, () => resolve())
    const own = { persistent: 'true', ...headers, receipt }
    if (typeof body === 'string') client.publish({ destination, headers: own, body, skipContentLengthHeader: true })
    else client.publish({ destination, headers: own, binaryBody: body })
  })
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
