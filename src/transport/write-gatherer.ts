/** Chunks above this go out as they are: copying them together would cost more than it saves. */
const LARGEST_COPIED = 16 * 1024

/**
 * Gathers what is written during one turn and hands it on once per microtask, small chunks joined into one.
 */
export class WriteGatherer {
  private readonly flushChunks: (chunks: readonly Uint8Array[]) => void
  private chunks: Uint8Array[] = []
  private scheduled = false
  /** Bytes not handed on yet. */
  bytes = 0

  constructor(flushChunks: (chunks: readonly Uint8Array[]) => void) {
    this.flushChunks = flushChunks
  }

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.bytes += chunk.length
    if (this.scheduled) return
    this.scheduled = true
    queueMicrotask(this.flush)
  }

  /** Hands on what is there now. */
  readonly flush = (): void => {
    this.scheduled = false
    if (this.chunks.length === 0) return
    const chunks = this.chunks
    this.chunks = []
    this.bytes = 0
    this.flushChunks(chunks.length === 1 ? chunks : joinSmall(chunks))
  }

  /** Forgets what is there. */
  clear(): void {
    this.chunks = []
    this.bytes = 0
  }
}

function joinSmall(chunks: readonly Uint8Array[]): readonly Uint8Array[] {
  const joined: Uint8Array[] = []
  let first = 0
  for (let index = 0; index <= chunks.length; index++) {
    const chunk = chunks[index]
    if (chunk !== undefined && chunk.length <= LARGEST_COPIED) continue
    if (index > first) joined.push(join(chunks, first, index))
    if (chunk !== undefined) joined.push(chunk)
    first = index + 1
  }
  return joined
}

function join(chunks: readonly Uint8Array[], first: number, end: number): Uint8Array {
  const only = chunks[first]
  if (only !== undefined && end === first + 1) return only
  let length = 0
  for (let index = first; index < end; index++) length += chunks[index]?.length ?? 0
  const result = new Uint8Array(length)
  let offset = 0
  for (let index = first; index < end; index++) {
    const chunk = chunks[index]
    if (chunk === undefined) continue
    result.set(chunk, offset)
    offset += chunk.length
  }
  return result
}
