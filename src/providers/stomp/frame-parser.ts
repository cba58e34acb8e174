import { type Frame, StompProtocolError, type StompVersion } from './frame.ts'
import { unescapeHeader } from './header-escapes.ts'

const LF = 10
const CR = 13

/** Bounds on what a peer may send (design rule 15). */
export interface FrameLimits {
  /** Bytes of command and headers. */
  readonly head: number
  readonly headers: number
  /** Bytes of a body. */
  readonly body: number
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const NOTHING = new Uint8Array(0)

/**
 * Takes the bytes of a connection apart into frames, wherever they are split. A body is a view of the bytes that came
 * in, unless its frame came in pieces.
 */
export class FrameParser {
  /** As the peer has chosen it; CONNECTED, which tells, is not escaped. */
  version: StompVersion = '1.0'
  /**
   * Whether what is pushed is one frame each time, as a WebSocket message is. Its body ends where it ends: ActiveMQ makes
   * text of bytes there, longer than `content-length` where they are no UTF-8.
   */
  isWhole = false
  readonly #limits: FrameLimits
  readonly #frame: (frame: Frame) => void
  /** Bytes of the frame that is not complete; in one piece until its head is read. */
  #bytes: Uint8Array = NOTHING
  /** More bytes of its body. */
  #pieces: Uint8Array[] = []
  #piecesLength = 0
  /** Bytes that were searched for the end of the head without success. */
  #searched = 0
  #head: Head | undefined

  /** @param frame - is called with each frame, in order */
  constructor(limits: FrameLimits, frame: (frame: Frame) => void) {
    this.#limits = limits
    this.#frame = frame
  }

  /** @throws StompProtocolError when it is no STOMP, or more than the limits allow */
  push(received: Uint8Array): void {
    // Not the Buffer of Node: views of one cost more, and its copies are none.
    const bytes = new Uint8Array(received.buffer, received.byteOffset, received.length)
    if (this.#head !== undefined) {
      this.#pieces.push(bytes)
      this.#piecesLength += bytes.length
      if (!this.#bodyMayBeComplete(bytes)) return
      this.#bytes = joined([this.#bytes, ...this.#pieces], this.#bytes.length + this.#piecesLength)
      this.#pieces = []
      this.#piecesLength = 0
    } else {
      this.#bytes = this.#bytes.length === 0 ? bytes : joined([this.#bytes, bytes], this.#bytes.length + bytes.length)
    }
    while (this.#bytes.length > 0 && this.#next()) {}
  }

  /** Takes one frame off; false when it is not complete. */
  #next(): boolean {
    this.#head ??= this.#readHead()
    if (this.#head === undefined) return false
    const { command, headers, bodyLength } = this.#head
    const end = this.isWhole ? this.#bytes.lastIndexOf(0) : (bodyLength ?? this.#bytes.indexOf(0))
    if (end < 0 || end >= this.#bytes.length) {
      this.#limitBody(this.#bytes.length)
      return false
    }
    if (this.#bytes[end] !== 0) throw new StompProtocolError('a body is not followed by NUL')
    const body = this.#bytes.subarray(0, end)
    this.#bytes = this.#bytes.subarray(end + 1)
    this.#head = undefined
    this.#frame({ command, headers, body })
    return true
  }

  /** Whether the body of the frame can be complete with these bytes, so that they are joined once only. */
  #bodyMayBeComplete(latest: Uint8Array): boolean {
    const bodyLength = this.#head?.bodyLength
    const length = this.#bytes.length + this.#piecesLength
    if (bodyLength !== undefined) return length > bodyLength
    this.#limitBody(length)
    return latest.includes(0)
  }

  #limitBody(length: number): void {
    if (length > this.#limits.body + 1) {
      throw new StompProtocolError(`a body is longer than the ${this.#limits.body} bytes of stomp.maxFrameSize`)
    }
  }

  /** Takes a head off, and the line ends before it, which are heart-beats; undefined when it is not complete. */
  #readHead(): Head | undefined {
    let start = 0
    while (this.#bytes[start] === LF || (this.#bytes[start] === CR && this.#bytes[start + 1] === LF)) start += 1
    if (start > 0) {
      this.#bytes = this.#bytes.subarray(start)
      this.#searched = 0
    }
    const end = this.#endOfHead()
    if (end === undefined) return undefined
    const bytes = this.#bytes.subarray(0, end.at)
    this.#bytes = this.#bytes.subarray(end.next)
    this.#searched = 0
    return this.#parseHead(bytes)
  }

  /** Where the blank line is. */
  #endOfHead(): { readonly at: number; readonly next: number } | undefined {
    const bytes = this.#bytes
    for (let at = bytes.indexOf(LF, this.#searched); at >= 0; at = bytes.indexOf(LF, at + 1)) {
      if (at > this.#limits.head) break
      if (bytes[at + 1] === LF) return { at, next: at + 2 }
      if (bytes[at + 1] === CR && bytes[at + 2] === LF) return { at, next: at + 3 }
    }
    if (bytes.length > this.#limits.head) {
      throw new StompProtocolError(`command and headers are longer than ${this.#limits.head} bytes`)
    }
    // A line end at the very end may be the first half of the blank line.
    this.#searched = Math.max(0, bytes.length - 2)
    return undefined
  }

  #parseHead(bytes: Uint8Array): Head {
    const text = decoder.decode(bytes)
    const lineEnd = text.indexOf('\n')
    const command = withoutReturn(lineEnd < 0 ? text : text.slice(0, lineEnd))
    if (!/^[A-Z]{3,12}$/.test(command)) throw new StompProtocolError('what was sent is no STOMP frame')
    // What a broker passes on of others is taken as it is: refused, it would come again over the next connection.
    const isLenient = command === 'MESSAGE' || command === 'ERROR'
    if (!isLenient && text.includes('\ufffd')) throw new StompProtocolError('headers are no UTF-8')
    const headers = lineEnd < 0 ? new Map<string, string>() : this.#parseHeaders(text, lineEnd + 1, command, isLenient)
    return { command, headers, bodyLength: this.#bodyLength(headers.get('content-length')) }
  }

  #parseHeaders(text: string, from: number, command: string, isLenient: boolean): Map<string, string> {
    const headers = new Map<string, string>()
    const isEscaped = this.version !== '1.0' && command !== 'CONNECTED' && text.includes('\\')
    const hasReturns = text.includes('\r')
    for (let start = from, end = from; end < text.length; start = end + 1) {
      end = text.indexOf('\n', start)
      if (end < 0) end = text.length
      const colon = text.indexOf(':', start)
      if (colon <= start || colon > end) {
        if (isLenient) continue
        throw new StompProtocolError('a header line has no name and value')
      }
      let name = text.slice(start, colon)
      let value = text.slice(colon + 1, end)
      if (hasReturns) value = withoutReturn(value)
      if (isEscaped) {
        name = unescapeHeader(name, isLenient)
        value = unescapeHeader(value, isLenient)
      }
      if (!headers.has(name)) headers.set(name, value)
    }
    if (headers.size > this.#limits.headers) {
      throw new StompProtocolError(`a frame has more than ${this.#limits.headers} headers`)
    }
    return headers
  }

  #bodyLength(text: string | undefined): number | undefined {
    if (text === undefined) return undefined
    const length = Number(text)
    if (!/^\d+$/.test(text) || !Number.isSafeInteger(length)) {
      throw new StompProtocolError('content-length is no number')
    }
    this.#limitBody(length + 1)
    return length
  }
}

interface Head {
  readonly command: string
  readonly headers: ReadonlyMap<string, string>
  /** Undefined when the body ends with the first NUL. */
  readonly bodyLength: number | undefined
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    all.set(piece, at)
    at += piece.length
  }
  return all
}
