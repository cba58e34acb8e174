import { VERSION } from '../../version.ts'
import type { ConnectionSettings } from './handshake.ts'
import type { RheaSocket } from './rhea-socket.ts'
import { createRheaConnection, type RheaConnection, type RheaError } from './rhea-types.ts'
import { rheaMechanisms } from './sasl.ts'

/** Channels this client offers; the broker may allow fewer. */
export const LARGEST_CHANNEL = 32_767
/** Node fires a timer of more than 2³¹ − 1 ms at once: a longer idle timeout of the peer would flood it with heartbeats. */
const LONGEST_IDLE_TIMEOUT = 0x3fff_ffff

/** What rhea says of its connection. */
export interface RheaListener {
  event(name: string, context: unknown): void
  /** The peer has sent nothing for two heartbeats. */
  silent(): void
  /** @param text - why the broker let nobody in, in rhea's words */
  notAuthenticated(text: string): void
  /** The peer closes the connection before it has opened it. */
  refused(error: RheaError | null | undefined): void
}

/** A connection of rhea over the socket; it is opened by its `connect()`. */
export function rheaConnection(
  settings: ConnectionSettings,
  socket: RheaSocket,
  listener: RheaListener,
): RheaConnection {
  const { connection, endpoint, containerId, mechanism } = settings
  const rhea = createRheaConnection({
    container_id: containerId,
    id: connection.id,
    host: endpoint.host,
    hostname: endpoint.vhost === undefined ? endpoint.host : `vhost:${endpoint.vhost}`,
    reconnect: false,
    connect: (_port: number, _host: string, _options: unknown, connected: () => void) => {
      queueMicrotask(connected)
      return socket
    },
    sasl_mechanisms: rheaMechanisms(mechanism, connection),
    max_frame_size: endpoint.largestFrame,
    channel_max: LARGEST_CHANNEL,
    // rhea gives a silent peer twice this time, and a peer has to send within once of it: dead after two heartbeats.
    ...(endpoint.idleTimeout > 0 ? { idle_time_out: endpoint.idleTimeout } : {}),
    desired_capabilities: ['sole-connection-for-container'],
    properties: { product: 'polymq', version: VERSION, platform: platform() },
  })
  rhea.dispatch = (name, context) => {
    listener.event(name, context)
    // Handled, all of them: rhea would print or throw what it believes unheard.
    return true
  }
  rhea.idle = () => listener.silent()
  rhea.sasl_failed = (text) => listener.notAuthenticated(text)
  const onOpen = rhea.on_open.bind(rhea)
  rhea.on_open = (frame) => {
    const { performative } = frame
    performative.idle_time_out &&= Math.min(performative.idle_time_out, LONGEST_IDLE_TIMEOUT)
    onOpen(frame)
  }
  const onClose = rhea.on_close.bind(rhea)
  rhea.on_close = (frame) => {
    // rhea would take it for a second close and lose the reason.
    if (rhea.state.remote_open) onClose(frame)
    else listener.refused(frame.performative.error)
  }
  return rhea
}

function platform(): string {
  return typeof process === 'undefined' || process.versions?.node === undefined
    ? 'browser'
    : `Node.js ${process.versions.node}`
}
