/** One STOMP frame as it came in (STOMP 1.2, "STOMP Frames"). */
export interface Frame {
  readonly command: string
  /** Unescaped; of repeated headers, the first one (STOMP 1.2, "Repeated Header Entries"). */
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
}

/** The versions of STOMP that are spoken. They differ in how headers are escaped, and in how messages are acknowledged. */
export type StompVersion = '1.0' | '1.1' | '1.2'

/** The peer broke STOMP. */
export class StompProtocolError extends Error {
  override readonly name: string = 'StompProtocolError'
}
