/** A real room would ask a service, or read a list; the point here is where it is done. */
const UNWANTED = ['darn', 'heck', 'blast', 'spam']

const PATTERN = new RegExp(`\\b(${UNWANTED.join('|')})\\b`, 'gi')

/** The text without what is not wanted in the room. */
export function withoutUnwanted(text: string): string {
  return text.replace(PATTERN, (word) => `${word[0]}${'•'.repeat(word.length - 1)}`)
}
