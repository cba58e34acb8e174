/** The lines between the tests and `JmsPeer.java`, which says what they mean. */

/** Those without a value are left out. */
export type Fields = readonly (readonly [name: string, value: string | number | boolean | undefined])[]

export interface Answer {
  readonly word: string
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export function fieldOf(answer: Answer, name: string): string {
  const field = answer.fields.find(([field]) => field === name)
  if (field === undefined) throw new Error(`the answer of the Java peer has no ${name}`)
  return field[1]
}

export function format(command: string, fields: Fields): string {
  const words = fields.filter(([, value]) => value !== undefined).map((field) => field.map(encode).join('='))
  return [command, ...words].join(' ')
}

function encode(text: unknown): string {
  return encodeURIComponent(String(text))
}

export function parse(line: string): Answer {
  const [word = '', ...words] = line.split(' ')
  return { word, fields: words.map((field) => split(field, '=').map(decodeURIComponent) as [string, string]) }
}

/** The text before and after the first separator. */
export function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return [text.slice(0, at), text.slice(at + separator.length)]
}
