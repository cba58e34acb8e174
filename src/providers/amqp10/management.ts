import type { Buffer } from 'node:buffer'
import {
  AuthorizationError,
  ConnectionLostError,
  InvalidDestinationError,
  MessagingError,
  ResourceLimitError,
} from '../../errors.ts'
import type { AmqpConnection } from './connection.ts'
import { type Deferred, defer, within } from './promises.ts'
import { ReceiverLink } from './receiver-link.ts'
import { messages, types } from './rhea-types.ts'
import { SenderLink } from './sender-link.ts'
import type { AmqpSession } from './session.ts'

/** An answer of RabbitMQ's management node. */
export interface ManagementResponse {
  /** HTTP status code. */
  readonly status: number
  readonly body: unknown
}

export type ManagementMethod = 'GET' | 'PUT' | 'POST' | 'DELETE'

const NODE = '/management'
const LINK_NAME = 'polymq-management'
/** Requests that may be under way at once. */
const CREDIT = 100

/**
 * RabbitMQ's HTTP over AMQP 1.0: a pair of links on the node `/management` (rabbit_amqp_management). It speaks of
 * queues and bindings only; `topology.ts` knows which ones are needed.
 */
export class ManagementClient {
  private readonly connection: AmqpConnection
  private readonly session: AmqpSession
  private readonly sender: SenderLink
  private readonly timeout: number
  private readonly requests: Map<string, Deferred<ManagementResponse>>
  private nextId = 0

  private constructor(
    session: AmqpSession,
    sender: SenderLink,
    requests: Map<string, Deferred<ManagementResponse>>,
    timeout: number,
  ) {
    this.connection = session.connection
    this.session = session
    this.sender = sender
    this.requests = requests
    this.timeout = timeout
  }

  static async attach(connection: AmqpConnection, timeout: number): Promise<ManagementClient> {
    const session = connection.createSession()
    const requests = new Map<string, Deferred<ManagementResponse>>()
    const failAll = (error: MessagingError): void => {
      for (const request of requests.values()) request.reject(error)
      requests.clear()
    }
    const subject = { action: 'opening the management node', endpoint: connection.endpoint }
    const properties = { paired: true }
    try {
      const [sender, receiver] = await Promise.all([
        SenderLink.attach(
          session,
          { name: LINK_NAME, target: { address: NODE }, presettled: true, properties, subject },
          timeout,
        ),
        ReceiverLink.attach(
          session,
          { name: LINK_NAME, source: { address: NODE }, presettled: true, properties, subject },
          {
            message: (_, payload) => {
              receiver.grant(1)
              answer(requests, payload)
            },
            closed: failAll,
          },
          timeout,
        ),
      ])
      receiver.grant(CREDIT)
      sender.whenClosed(failAll)
      return new ManagementClient(session, sender, requests, timeout)
    } catch (error) {
      session.release()
      throw error
    }
  }

  get isAttached(): boolean {
    return this.sender.isAttached
  }

  /**
   * Sends one request; answers with a status that is not in `expected` are errors.
   *
   * @throws AuthorizationError, InvalidDestinationError or MessagingError by the status
   */
  async request(
    method: ManagementMethod,
    path: string,
    body: Readonly<Record<string, unknown>> | undefined,
    expected: readonly number[],
  ): Promise<ManagementResponse> {
    const id = `${this.nextId++}`
    const answered = defer<ManagementResponse>()
    this.requests.set(id, answered)
    const action = `${method} ${path}`
    try {
      await within(this.sender.request(encodeRequest(id, method, path, body)), this.timeout, action)
      const response = await within(answered.promise, this.timeout, action)
      if (expected.includes(response.status)) return response
      throw statusError(action, response, this.connection.endpoint)
    } finally {
      this.requests.delete(id)
    }
  }

  async close(timeout: number): Promise<void> {
    for (const request of this.requests.values()) request.reject(new ConnectionLostError('the connection was closed'))
    await this.session.end(timeout)
  }
}

function encodeRequest(
  id: string,
  method: ManagementMethod,
  path: string,
  body: Readonly<Record<string, unknown>> | undefined,
): Buffer {
  return messages.encode({
    message_id: id,
    to: path,
    subject: method,
    reply_to: '$me',
    body: body === undefined ? null : types.wrap_map(body),
  })
}

function answer(requests: Map<string, Deferred<ManagementResponse>>, payload: Buffer): void {
  try {
    const message = messages.decode(payload)
    const id = message.correlation_id
    const status = Number(message.subject)
    if (typeof id === 'string') requests.get(id)?.resolve({ status, body: message.body })
  } catch {
    // An answer that cannot be read leaves its request to the time-out.
  }
}

function statusError(action: string, response: ManagementResponse, endpoint: string): MessagingError {
  const reason = typeof response.body === 'string' ? response.body : `status ${response.status}`
  const message = `${action} on ${endpoint} failed: ${reason} (${response.status})`
  if (/exclusive access to locked queue/.test(reason)) {
    return new InvalidDestinationError(`${message}; only the connection that made the queue may use it`)
  }
  switch (response.status) {
    case 401:
    case 403:
      return new AuthorizationError(`${message}; give the user the permission it needs at the broker`)
    case 404:
      return new InvalidDestinationError(`${message}; check the name, or create it at the broker`)
    case 413:
    case 507:
      return new ResourceLimitError(`${message}; raise the limit of the broker`)
    default:
      return new MessagingError('ERR_MESSAGING', message)
  }
}
