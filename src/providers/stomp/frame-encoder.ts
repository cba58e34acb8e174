import type { StompVersion } from './frame.ts'
import { escapeHeader } from './header-escapes.ts'

const encoder = new TextEncoder()
const NUL = '\0'

/** Headers in the order in which they are written. */
export type FrameHeaders = readonly (readonly [name: string, value: string])[]

/** A frame without a body, ready to be written. */
export function encodeFrame(command: string, headers: FrameHeaders, version: StompVersion): Uint8Array {
  return encoder.encode(`${encodeHead(command, headers, version)}${NUL}`)
}

/** The command and the headers, with the blank line behind them. CONNECT is never escaped (STOMP 1.2, "Value Encoding"). */
export function encodeHead(command: string, headers: FrameHeaders, version: StompVersion): string {
  let head = `${command}\n`
  const escaped = command === 'CONNECT' ? '1.0' : version
  for (const [name, value] of headers) head += `${escapeHeader(name, escaped)}:${escapeHeader(value, escaped)}\n`
  return `${head}\n`
}

/** A frame whose body is text without a NUL in it; it needs no content-length. */
export function encodeTextFrame(head: string, text: string): Uint8Array {
  return encoder.encode(`${head}${text}${NUL}`)
}

/** A frame with any bytes as its body; its head has to hold their content-length. */
export function encodeBinaryFrame(head: string, body: Uint8Array): Uint8Array {
  const start = encoder.encode(head)
  const frame = new Uint8Array(start.length + body.length + 1)
  frame.set(start)
  frame.set(body, start.length)
  return frame
}
