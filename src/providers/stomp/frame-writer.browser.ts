import type { Transport } from '../../transport/transport.ts'
import type { FrameWriter } from './frame-writer.ts'

/** A browser has nothing but WebSockets, over which each frame is a message of its own. */
export function frameWriter(transport: Transport): FrameWriter {
  return { write: (frame) => void transport.write(frame), flush() {} }
}
