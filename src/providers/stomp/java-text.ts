/**
 * ActiveMQ keeps text as Java writes it: characters beyond U+FFFF as two halves of three bytes each. It takes no others
 * apart, so that a message with real UTF-8 of four bytes reaches no consumer over AMQP or OpenWire; and over STOMP it sends
 * those of others as they are. Properties it writes in that way, and reads as if they were UTF-8: from its store, and in
 * Java's clients, there are replacement characters instead.
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Whether a text has characters that ActiveMQ cannot keep. */
export function hasHalves(text: string): boolean {
  return /[\ud800-\udfff]/.test(text)
}

/** The text in bytes that are UTF-8, or what Java makes of it. */
export function decodeJavaText(bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
  if (!text.includes('\ufffd')) return text
  // What is neither begins with 0xED, as halves do: those parts are decoded by hand, the others as they are.
  let decoded = ''
  let start = 0
  for (let at = bytes.indexOf(0xed); at >= 0; at = bytes.indexOf(0xed, at + 1)) {
    const [, second = 0, third = 0] = bytes.subarray(at, at + 3)
    if (second < 0xa0 || second > 0xbf) continue
    decoded += decoder.decode(bytes.subarray(start, at))
    decoded += String.fromCharCode(0xd000 | ((second & 0x3f) << 6) | (third & 0x3f))
    start = at + 3
  }
  return decoded + decoder.decode(bytes.subarray(start))
}
