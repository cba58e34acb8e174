import type { PeerCertificate } from '../options/tls-options.ts'

/**
 * A connected byte stream to one endpoint. It knows no protocol: AMQP, STOMP, MQTT and OpenWire all run over it.
 *
 * What is written is gathered and handed to the network once per microtask, so that many small frames cost one system call.
 */
export interface Transport {
  /** Whether the bytes are encrypted on their way. */
  readonly secure: boolean
  /** The peer's certificate; undefined without TLS, and in browsers. */
  readonly certificate: PeerCertificate | undefined
  /** Whether the peer compresses what it sends (permessage-deflate, RFC 7692); undefined when it does not. */
  readonly compressed?: boolean
  /** Bytes accepted by {@link write} that the network has not taken yet. */
  readonly bufferedBytes: number
  /** Begins to hand over what arrives; nothing is read before. Called once. */
  start(handler: TransportHandler): void
  /**
   * Takes the bytes over; they may not be changed afterwards. False asks to wait for {@link TransportHandler.drained}.
   * Text is for a WebSocket whose messages are kept apart: it is sent as one message of text, and bytes as one of bytes.
   */
  write(data: Uint8Array | string): boolean
  /** Stops reading, so that the network holds back the peer. */
  pause(): void
  resume(): void
  /** Sends what was written, then ends the stream; `closed` follows. Does nothing on an ended one. */
  end(): void
  /** Cuts the stream and frees it at once; no handler call follows. */
  destroy(): void
}

/** What a {@link Transport} reports. None of its methods may throw. */
export interface TransportHandler {
  /** Bytes arrived. They are the handler's to keep, unless it asked for {@link TransportTarget.readsAtOnce}. */
  data(bytes: Uint8Array): void
  /** What was written has gone out, after a `write` that gave false. */
  drained(): void
  /** The stream has ended, by the peer or by a failure; nothing follows. Called once. */
  closed(error: Error | undefined): void
}

/** Where to connect to. */
export interface TransportTarget {
  readonly host: string
  readonly port: number
  /** `scheme://host:port` for errors, without credentials. */
  readonly endpoint: string
  /** Counted from 0; which one of several addresses of the host is tried first goes by it. */
  readonly attempt: number
  /** The handler has no use for what arrived once it returns: over TCP, all is read into the same memory. */
  readonly readsAtOnce?: boolean | undefined
}
