import type { StompVersion } from './frame.ts'
import { escapeHeader } from './header-escapes.ts'

const encoder = new TextEncoder()

/** Headers in the order in which they are written. */
export type FrameHeaders = readonly (readonly [name: string, value: string])[]

/** A frame on its way out. Text where it is UTF-8 throughout, so that many are encoded at once. */
export type OutgoingFrame = string | Uint8Array

/** A frame without a body. */
export function encodeFrame(command: string, headers: FrameHeaders, version: StompVersion): string {
  return `${encodeHead(command, headers, version)}\0`
}

/** The command and the headers, with the blank line behind them. CONNECT is never escaped (STOMP 1.2, "Value Encoding"). */
export function encodeHead(command: string, headers: FrameHeaders, version: StompVersion): string {
  let head = `${command}\n`
  const escaped = command === 'CONNECT' ? '1.0' : version
  for (const [name, value] of headers) head += headerLine(escapeHeader(name, escaped), value, escaped)
  return `${head}\n`
}

/** One header, whose name needs no escapes. */
export function headerLine(name: string, value: string, version: StompVersion): string {
  return `${name}:${escapeHeader(value, version)}\n`
}

/** Bytes of a text as UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length
}
