import type { Buffer } from 'node:buffer'
import rhea from 'rhea'

/**
 * The parts of rhea 3 that are used, its undocumented ones too, as narrow types. rhea keeps the state machines of
 * connection, sessions and links and the codec of their frames; transfers and dispositions, the frames that come once
 * per message, are ours (`outgoing.ts`, `incoming.ts`).
 */

/** A value with its AMQP type, as rhea's codec knows it. */
export interface RheaTyped {
  readonly value?: unknown
  readonly descriptor?: { readonly value: unknown }
}

/** An AMQP error as rhea decodes it. */
export interface RheaError {
  readonly condition?: string | undefined
  readonly description?: string | undefined
  readonly info?: unknown
}

export interface RheaTerminus {
  readonly address?: string | null
  readonly durable?: number
  readonly dynamic?: boolean
  readonly filter?: Readonly<Record<string, unknown>> | null
  readonly capabilities?: string | readonly string[] | null
}

export interface RheaFrame<Performative> {
  readonly channel: number
  readonly performative: Performative
  readonly payload?: Buffer
}

export interface RheaTransfer {
  readonly handle: number
  readonly delivery_id?: number | null
  readonly delivery_tag?: Buffer | null
  readonly message_format?: number | null
  readonly settled?: boolean | null
  readonly more?: boolean | null
  readonly aborted?: boolean | null
}

export interface RheaDisposition {
  readonly role: boolean
  readonly first: number
  readonly last?: number | null
  readonly settled?: boolean | null
  readonly state?: RheaTyped | null
}

export interface RheaFlow {
  readonly next_incoming_id?: number | null
  readonly incoming_window: number
  readonly next_outgoing_id: number
  readonly handle?: number | null
  readonly delivery_count?: number | null
  readonly link_credit?: number | null
  readonly drain?: boolean | null
  readonly echo?: boolean | null
}

export interface RheaAttach {
  name: string
  readonly role: boolean
  source: unknown
  target: unknown
  readonly initial_delivery_count?: number | null
  readonly max_message_size?: number | Buffer | null
  readonly offered_capabilities?: string | readonly string[] | null
}

export interface RheaOpen {
  readonly container_id?: string
  readonly max_frame_size?: number | null
  readonly channel_max?: number | null
  idle_time_out?: number | null
  readonly offered_capabilities?: string | readonly string[] | null
  readonly properties?: Readonly<Record<string, unknown>> | null
}

/** What rhea calls on the session for everything that goes out, and on our replacement of it. */
export interface RheaOutgoing {
  next_transfer_id: number
  readonly window: number
  /** Asked for room before and after `process`; ours always has some. */
  readonly deliveries: { available(): number }
  available(): number
  on_begin(begin: { readonly incoming_window: number }): void
  on_flow(flow: RheaFlow): void
  process(): void
}

/** The same for everything that comes in. */
export interface RheaIncoming {
  next_transfer_id: number
  max_transfer_id: number
  readonly window: number
  on_begin(begin: { readonly next_outgoing_id: number }): void
  on_flow(flow: RheaFlow): void
  on_transfer(frame: RheaFrame<RheaTransfer>, link: RheaReceiver): void
  process(session: RheaSession): void
}

export interface RheaEndpointState {
  readonly local_open: boolean
  readonly remote_open: boolean
}

export interface RheaLink {
  readonly name: string
  readonly session: RheaSession
  readonly state: RheaEndpointState
  readonly local: { readonly handle: number; readonly attach: { name: string; source: unknown; target: unknown } }
  readonly remote: {
    readonly attach?: RheaAttach
    readonly detach?: { readonly closed?: boolean | null; readonly error?: RheaError | null }
  }
  credit: number
  delivery_count: number
  dispatch(name: string, context?: unknown): boolean
  on_attach(frame: RheaFrame<RheaAttach>): void
  on_flow(frame: RheaFrame<RheaFlow>): void
  set_source(fields: object): void
  set_target(fields: object): void
  attach(): void
  detach(): void
  close(error?: object): void
}

export type RheaSender = RheaLink

export interface RheaReceiver extends RheaLink {}

export interface RheaSession {
  readonly connection: RheaConnection
  readonly local: { channel: number; readonly begin: { incoming_window: number } }
  readonly remote: { readonly end?: { readonly error?: RheaError | null } }
  readonly state: RheaEndpointState
  outgoing: RheaOutgoing
  incoming: RheaIncoming
  dispatch(name: string, context?: unknown): boolean
  on_attach(frame: RheaFrame<RheaAttach>): void
  on_disposition(frame: RheaFrame<RheaDisposition>): void
  create_sender(name: string, options: object): RheaSender
  create_receiver(name: string, options: object): RheaReceiver
  begin(): void
  end(): void
  remove(): void
  _write_flow(link?: RheaLink): void
}

export interface RheaConnection {
  readonly state: RheaEndpointState
  readonly remote: { readonly open?: RheaOpen; readonly close?: { readonly error?: RheaError | null } }
  /** Its `read_complete` is true once the peer has accepted the credentials. */
  readonly sasl_transport?: { readonly transport?: { readonly read_complete?: boolean } }
  readonly local_channel_map: Record<number, RheaSession>
  dispatch(name: string, context?: unknown): boolean
  idle(): void
  sasl_failed(text: string, condition?: string): void
  on_open(frame: RheaFrame<RheaOpen>): void
  on_close(frame: RheaFrame<{ readonly error?: RheaError | null }>): void
  connect(): RheaConnection
  close(): void
  create_session(bufferSize?: object): RheaSession
  _disconnected(error?: Error): void
}

interface RheaContainer {
  on(event: string, listener: () => void): void
  create_connection(options: object): RheaConnection
}

interface RheaTypes {
  wrap_described(value: unknown, descriptor: number | string): RheaTyped
  wrap_list(items: readonly unknown[]): RheaTyped
  wrap_map(entries: Readonly<Record<string, unknown>>): RheaTyped
  wrap_symbol(text: string): RheaTyped
  readonly Reader: new (bytes: Buffer) => { read(): RheaTyped; remaining(): number }
  readonly Writer: new () => { write(value: RheaTyped): void; toBuffer(): Buffer }
}

interface RheaMessages {
  encode(message: object): Buffer
  decode(bytes: Buffer): Readonly<Record<string, unknown>>
}

/** rhea's AMQP types. */
export const types: RheaTypes = rhea.types as unknown as RheaTypes

/** rhea's message codec; only for requests to the management node. */
export const messages: RheaMessages = rhea.message as unknown as RheaMessages

/** A rhea connection in a container of its own: the shared one would leak listeners between connections. */
export function createRheaConnection(options: Readonly<Record<string, unknown>>): RheaConnection {
  const container = rhea.create_container({ id: String(options.container_id) }) as unknown as RheaContainer
  // Reached by no event as long as the connection handles them all; unheard, an 'error' would end the process.
  container.on('error', () => {})
  return container.create_connection(options)
}
