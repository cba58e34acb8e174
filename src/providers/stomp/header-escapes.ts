import { MessageFormatError } from '../../errors.ts'
import { StompProtocolError, type StompVersion } from './frame.ts'

const TO_ESCAPE = /[\\\r\n:]/
const MEANINGS: Readonly<Record<string, string>> = { '\\': '\\', r: '\r', n: '\n', c: ':' }

/**
 * A header name or value as it goes over the wire (STOMP 1.2, "Value Encoding"). STOMP 1.1 has no carriage return in it,
 * 1.0 no escapes at all: what cannot be told there is refused.
 *
 * @throws MessageFormatError when the version has no way to say it
 */
export function escapeHeader(text: string, version: StompVersion): string {
  if (!TO_ESCAPE.test(text)) return text
  if (version === '1.2' || (version === '1.1' && !text.includes('\r'))) {
    const escaped = text.replaceAll('\\', '\\\\').replaceAll(':', '\\c')
    return escaped.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  }
  if (version === '1.0' && !/[\r\n]/.test(text)) return text
  throw new MessageFormatError(
    `a line break in ${JSON.stringify(text.slice(0, 40))} cannot be sent in a header of STOMP ${version}; remove it, or use STOMP 1.2`,
  )
}

/**
 * The text behind an escaped one.
 *
 * @param isLenient - whether an escape that does not exist stays as it is
 * @throws StompProtocolError for an escape that does not exist (STOMP 1.2: a fatal error)
 */
export function unescapeHeader(text: string, isLenient: boolean): string {
  if (!text.includes('\\')) return text
  // The colon is what nearly all of them are about.
  const simple = text.replaceAll('\\c', ':')
  if (!simple.includes('\\')) return simple
  return text.replace(/\\(.?)/gs, (sequence, code: string) => {
    const meaning = MEANINGS[code]
    if (meaning === undefined && isLenient) return sequence
    if (meaning === undefined)
      throw new StompProtocolError(`the escape ${JSON.stringify(sequence)} in a header is unknown`)
    return meaning
  })
}
