import { Buffer } from 'node:buffer'

/**
 * Stands between the transport and rhea: cuts what arrives into whole frames, refuses frames larger than was
 * announced, and checks the values of each performative before rhea decodes them. rhea would collect a frame of four
 * gigabytes, recurse as deep as the peer asks and fill memory from an array of a billion nulls (design rule 15).
 */

const HEADER_LENGTH = 8
const FRAME_HEADER = 8
/** `AMQP` read as a frame size: more than any frame may have. */
const PROTOCOL_HEADER = 0x414d5150
const DEEPEST = 16
const LARGEST_ARRAY = 4096

/** The peer broke AMQP 1.0. */
export class ProtocolViolation extends Error {
  override readonly name: string = 'ProtocolViolation'
}

export class FrameGuard {
  private readonly largestFrame: number
  private readonly forward: (frames: Buffer) => void
  /** rhea takes no frame after the SASL outcome from the same bytes: until it is open, it gets frames one by one. */
  oneByOne = true
  private pending: Buffer[] = []
  private pendingBytes = 0
  /** Bytes that the frame at the head of `pending` needs; 0 when its size is not known yet. */
  private needed = 0

  constructor(largestFrame: number, forward: (frames: Buffer) => void) {
    this.largestFrame = largestFrame
    this.forward = forward
  }

  /**
   * Takes what arrived and forwards the whole frames in it.
   *
   * @throws ProtocolViolation when a frame is too large or malformed
   */
  accept(chunk: Buffer): void {
    if (this.pending.length === 0) {
      this.cut(chunk)
      return
    }
    this.pending.push(chunk)
    this.pendingBytes += chunk.length
    if (this.pendingBytes < Math.max(this.needed, HEADER_LENGTH)) return
    const bytes = Buffer.concat(this.pending, this.pendingBytes)
    this.pending = []
    this.pendingBytes = 0
    this.cut(bytes)
  }

  private cut(bytes: Buffer): void {
    let start = 0
    let end = 0
    this.needed = 0
    while (bytes.length - end >= HEADER_LENGTH) {
      const size = this.sizeAt(bytes, end)
      if (bytes.length - end < size) {
        this.needed = size
        break
      }
      if (bytes[end] !== 0x41) checkFrame(bytes, end, end + size)
      end += size
      if (this.oneByOne) {
        this.forward(bytes.subarray(start, end))
        start = end
      }
    }
    if (end < bytes.length) {
      const rest = end === 0 ? bytes : bytes.subarray(end)
      this.pending = [rest]
      this.pendingBytes = rest.length
    }
    if (end > start) this.forward(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end))
  }

  private sizeAt(bytes: Buffer, offset: number): number {
    const size = bytes.readUInt32BE(offset)
    if (size === PROTOCOL_HEADER) return HEADER_LENGTH
    if (size < FRAME_HEADER) throw new ProtocolViolation(`a frame of ${size} bytes is shorter than its header`)
    if (size > this.largestFrame) {
      throw new ProtocolViolation(
        `a frame of ${size} bytes is larger than the ${this.largestFrame} that were agreed on`,
      )
    }
    return size
  }
}

function checkFrame(bytes: Buffer, start: number, end: number): void {
  const offset = start + (bytes[start + 4] ?? 0) * 4
  if (offset < start + FRAME_HEADER || offset > end) throw new ProtocolViolation('a frame has a wrong data offset')
  // An empty frame is a heartbeat.
  if (offset < end) checkValue(bytes, offset, end, 0)
}

/** Walks over one value as rhea's decoder will and gives the offset after it. */
function checkValue(bytes: Buffer, offset: number, end: number, depth: number): number {
  if (depth > DEEPEST) throw new ProtocolViolation(`values are nested deeper than ${DEEPEST}`)
  const code = bytes[offset]
  if (code === undefined || offset >= end) throw truncated()
  if (code !== 0) return checkContent(bytes, code, offset + 1, end, depth)
  const afterDescriptor = checkValue(bytes, offset + 1, end, depth + 1)
  return checkValue(bytes, afterDescriptor, end, depth + 1)
}

function checkContent(bytes: Buffer, code: number, offset: number, end: number, depth: number): number {
  // The upper half of a constructor gives the width of what follows (AMQP 1.0 §1.2.1).
  switch (code >> 4) {
    case 0x4:
      return offset
    case 0x5:
      return within(offset + 1, end)
    case 0x6:
      return within(offset + 2, end)
    case 0x7:
      return within(offset + 4, end)
    case 0x8:
      return within(offset + 8, end)
    case 0x9:
      return within(offset + 16, end)
    case 0xa:
      return within(offset + 1 + byteAt(bytes, offset, end), end)
    case 0xb:
      return within(offset + 4 + uintAt(bytes, offset, end), end)
    case 0xc:
      return checkItems(bytes, byteAt(bytes, offset + 1, end), offset + 2, end, depth)
    case 0xd:
      return checkItems(bytes, uintAt(bytes, offset + 4, end), offset + 8, end, depth)
    case 0xe:
      return checkArray(bytes, byteAt(bytes, offset + 1, end), offset + 2, end, depth)
    case 0xf:
      return checkArray(bytes, uintAt(bytes, offset + 4, end), offset + 8, end, depth)
    default:
      throw new ProtocolViolation(`0x${code.toString(16)} is no AMQP type`)
  }
}

function checkItems(bytes: Buffer, count: number, start: number, end: number, depth: number): number {
  // Each item takes a byte at least.
  if (count > end - start) throw truncated()
  let offset = start
  for (let index = 0; index < count; index++) offset = checkValue(bytes, offset, end, depth + 1)
  return offset
}

function checkArray(bytes: Buffer, count: number, start: number, end: number, depth: number): number {
  if (count > LARGEST_ARRAY) throw new ProtocolViolation(`an array of ${count} values is larger than ${LARGEST_ARRAY}`)
  let offset = start
  while (bytes[offset] === 0) offset = checkValue(bytes, offset + 1, end, depth + 1)
  const code = byteAt(bytes, offset, end)
  offset++
  for (let index = 0; index < count; index++) offset = checkContent(bytes, code, offset, end, depth + 1)
  return offset
}

function within(offset: number, end: number): number {
  if (offset > end) throw truncated()
  return offset
}

function byteAt(bytes: Buffer, offset: number, end: number): number {
  if (offset >= end) throw truncated()
  return bytes[offset] ?? 0
}

function uintAt(bytes: Buffer, offset: number, end: number): number {
  if (offset + 4 > end) throw truncated()
  return bytes.readUInt32BE(offset)
}

function truncated(): ProtocolViolation {
  return new ProtocolViolation('a value reaches beyond the end of its frame')
}
