import { type Buffer, isAscii, isUtf8 } from 'node:buffer'

/** Up to this length a loop over bytes beats the calls into native code. */
const SHORT = 24

/**
 * Text as Java writes it, in any of its forms: U+0000 as C0 80, characters beyond U+FFFF as two surrogates of three bytes
 * each (JVM specification §4.4.7), and plain UTF-8. What is none of these becomes U+FFFD: no message is lost for it.
 */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  if (end - start <= SHORT) {
    let text = ''
    for (let index = start; index < end; index += 1) {
      const byte = bytes[index] as number
      if (byte > 0x7f) return decodeOther(bytes, start, end)
      text += String.fromCharCode(byte)
    }
    return text
  }
  if (isAscii(bytes.subarray(start, end))) return bytes.toString('latin1', start, end)
  return decodeOther(bytes, start, end)
}

function decodeOther(bytes: Buffer, start: number, end: number): string {
  if (isUtf8(bytes.subarray(start, end))) return bytes.toString('utf8', start, end)
  const units: number[] = []
  let text = ''
  for (let index = start; index < end; ) {
    index = decodeUnit(bytes, index, end, units)
    if (units.length < 4_096) continue
    text += String.fromCharCode(...units)
    units.length = 0
  }
  return text + String.fromCharCode(...units)
}

const REPLACEMENT = 0xfffd

/** Adds one character; gives where the next one begins. */
function decodeUnit(bytes: Buffer, index: number, end: number, units: number[]): number {
  const first = bytes[index] as number
  if (first < 0x80) {
    units.push(first)
    return index + 1
  }
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
  if (length === 1 || first > 0xf4 || index + length > end) {
    units.push(REPLACEMENT)
    return index + 1
  }
  let code = first & (0xff >> (length + 1))
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes[index + offset] as number
    if ((byte & 0xc0) !== 0x80) {
      units.push(REPLACEMENT)
      return index + offset
    }
    code = (code << 6) | (byte & 0x3f)
  }
  if (code <= 0xffff) units.push(code)
  else if (code <= 0x10ffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff))
  else units.push(REPLACEMENT)
  return index + length
}

/** Writes text in Java's form, which may take three bytes for each of its units; gives where it ends. */
export function encodeText(text: string, bytes: Buffer, start: number): number {
  const { length } = text
  if (length <= SHORT) {
    let index = 0
    for (; index < length; index += 1) {
      const code = text.charCodeAt(index)
      if (code === 0 || code > 0x7f) break
      bytes[start + index] = code
    }
    if (index === length) return start + length
  }
  const written = bytes.write(text, start, 'utf8')
  const isPlain = (written === length || !/[\ud800-\udfff]/.test(text)) && !text.includes('\0')
  return isPlain ? start + written : encodeUnits(text, bytes, start)
}

function encodeUnits(text: string, bytes: Buffer, start: number): number {
  let offset = start
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index)
    if (code > 0 && code < 0x80) {
      bytes[offset++] = code
    } else if (code < 0x800) {
      bytes[offset++] = 0xc0 | (code >> 6)
      bytes[offset++] = 0x80 | (code & 0x3f)
    } else {
      bytes[offset++] = 0xe0 | (code >> 12)
      bytes[offset++] = 0x80 | ((code >> 6) & 0x3f)
      bytes[offset++] = 0x80 | (code & 0x3f)
    }
  }
  return offset
}
