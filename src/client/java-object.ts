/** How objects that Java has serialised begin: the magic number, the version, and that a new object follows (JOSS §6.4.2). */
const BEGINNING = [0xac, 0xed, 0, 5]
const [OBJECT, CLASS] = [0x73, 0x72]
const latin1 = new TextDecoder('latin1')

/** What a body is, for errors, when it is the content of an ObjectMessage of Java; undefined for other bodies. */
export function describeJavaObject(body: unknown): string | undefined {
  if (!(body instanceof Uint8Array) || !BEGINNING.every((byte, index) => body[index] === byte)) return undefined
  const name = classNameIn(body)
  return `a serialised object of Java${name === undefined ? '' : ` (${name})`}`
}

function classNameIn(body: Uint8Array): string | undefined {
  if (body[4] !== OBJECT || body[5] !== CLASS) return undefined
  const length = ((body[6] ?? 0) << 8) | (body[7] ?? 0)
  const name = latin1.decode(body.subarray(8, 8 + length))
  // From somebody's wire into somebody's log.
  return /^[\w.$]{1,200}$/.test(name) ? name : undefined
}
