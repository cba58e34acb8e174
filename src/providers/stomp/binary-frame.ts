const encoder = new TextEncoder()

/** A frame with any bytes as its body; its head has to hold their content-length. */
export function encodeBinaryFrame(head: string, body: Uint8Array): Uint8Array {
  let start = head.length
  let frame = new Uint8Array(start + body.length + 1)
  // As many bytes as characters, when it is ASCII throughout.
  if (encoder.encodeInto(head, frame.subarray(0, start)).read < start) {
    const bytes = encoder.encode(head)
    start = bytes.length
    frame = new Uint8Array(start + body.length + 1)
    frame.set(bytes)
  }
  frame.set(body, start)
  return frame
}
