/** Power of two. */
const SLOTS = 256
/** Longer texts are rarely repeated, and comparing them costs as much as making them. */
const LONGEST = 64

/** As much of a Buffer as it takes; this folder knows nothing of Node. */
interface Encoded extends Uint8Array {
  toString(encoding?: 'utf8', start?: number, end?: number): string
}

interface Entry<T> {
  readonly bytes: Uint8Array
  readonly value: T
}

/**
 * Remembers what was made of encoded texts that keep coming back (property names, addresses), so that a hit makes no
 * string. Bounded: a new entry takes the place of the one in its slot.
 */
export class ByteCache<T> {
  private readonly slots: (Entry<T> | undefined)[] = new Array<Entry<T> | undefined>(SLOTS).fill(undefined)
  private readonly make: (text: string) => T
  private readonly lasting: (value: T) => boolean

  /** `lasting` says whether a value stays true for later messages. */
  constructor(make: (text: string) => T, lasting: (value: T) => boolean = () => true) {
    this.make = make
    this.lasting = lasting
  }

  get(bytes: Encoded, start: number, end: number): T {
    const known = this.find(bytes, start, end)
    if (known !== undefined) return known
    const value = this.make(bytes.toString('utf8', start, end))
    if (this.lasting(value)) this.keep(bytes, start, end, value)
    return value
  }

  /** Undefined where nothing was kept for the text. */
  find(bytes: Uint8Array, start: number, end: number): T | undefined {
    const length = end - start
    if (length === 0 || length > LONGEST) return undefined
    const entry = this.slots[slotOf(bytes, start, length)]
    return entry !== undefined && equals(entry.bytes, bytes, start, length) ? entry.value : undefined
  }

  /** For who makes the value otherwise than of text in a Buffer. */
  keep(bytes: Uint8Array, start: number, end: number, value: T): void {
    const length = end - start
    if (length === 0 || length > LONGEST) return
    this.slots[slotOf(bytes, start, length)] = { bytes: Uint8Array.from(bytes.subarray(start, end)), value }
  }
}

function slotOf(bytes: Uint8Array, start: number, length: number): number {
  const first = bytes[start] ?? 0
  const middle = bytes[start + (length >> 1)] ?? 0
  const last = bytes[start + length - 1] ?? 0
  return (((length * 31 + first) * 31 + middle) * 31 + last) & (SLOTS - 1)
}

function equals(known: Uint8Array, bytes: Uint8Array, start: number, length: number): boolean {
  if (known.length !== length) return false
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false
  return true
}
