export const TEXT_CONTENT_TYPE = 'text/plain; charset=utf-8'
export const BYTES_CONTENT_TYPE = 'application/octet-stream'
export const JSON_CONTENT_TYPE = 'application/json'

/** What a body of bytes holds, by its content type. */
export type Content = 'bytes' | 'text' | 'json'

const TEXTUAL_APPLICATIONS = new Set(['xml', 'javascript', 'ecmascript', 'xml-dtd'])

/** As ActiveMQ and Qpid JMS judge it: text and JSON only where they are UTF-8, anything else is bytes. */
export function contentOf(contentType: string | undefined): Content {
  if (contentType === undefined || contentType === BYTES_CONTENT_TYPE) return 'bytes'
  if (contentType === TEXT_CONTENT_TYPE) return 'text'
  if (contentType === JSON_CONTENT_TYPE) return 'json'

  const [media = '', ...parameters] = contentType.toLowerCase().split(';')
  const [type, subtype = ''] = media.trim().split('/')
  if (!isUtf8(parameters)) return 'bytes'
  if (type === 'text') return 'text'
  if (type !== 'application') return 'bytes'
  if (subtype === 'json' || subtype.endsWith('+json')) return 'json'
  return TEXTUAL_APPLICATIONS.has(subtype) || subtype.endsWith('+xml') ? 'text' : 'bytes'
}

/** Whether the `charset` parameter is absent, UTF-8, or its subset ASCII. */
function isUtf8(parameters: readonly string[]): boolean {
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=')
    if (name.trim() === 'charset') return /^"?(?:utf-?8|us-ascii)"?$/.test(value.trim())
  }
  return true
}
