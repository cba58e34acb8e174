import { InvalidDestinationError } from '../../errors.ts'
import { type Destination, describeDestination } from '../../message/destination.ts'

/**
 * Names of topics in both worlds: levels are separated by `.` here and by `/` there, `*` and a final `>` are `+` and `#`.
 * Each pair is swapped, as ActiveMQ does it (MQTTProtocolSupport): what is no separator here is none there, and nothing is
 * lost on the way back.
 */
const SWAPPED: Readonly<Record<string, string>> = {
  '.': '/',
  '/': '.',
  '*': '+',
  '+': '*',
  '>': '#',
  '#': '>',
}
const ANY = /[./*+>#]/g

/** The name of a topic on the other side: a topic of MQTT by its name here, or the reverse. */
export function swapTopic(name: string): string {
  return name.replace(ANY, (character) => SWAPPED[character] as string)
}

/** What one broker does to names. */
export interface TopicRules {
  /** Whether a `.` in a topic of MQTT comes out as `/`, as on RabbitMQ. */
  readonly losesDots: boolean
}

/**
 * The topic that a message is published to.
 *
 * @throws InvalidDestinationError for a name that no topic of MQTT has
 */
export function topicOf(destination: Destination, rules: TopicRules): string {
  const known = rules.losesDots ? topicsWithoutDots : topics
  const found = known.get(destination)
  if (found !== undefined) return found
  const topic = filterOf(destination, rules)
  requireNoWildcards(topic, destination)
  known.set(destination, topic)
  return topic
}

/** Of destinations that were sent to: most messages go where an earlier one went. */
const topics = new WeakMap<Destination, string>()
const topicsWithoutDots = new WeakMap<Destination, string>()

function requireNoWildcards(topic: string, destination: Destination): void {
  if (!hasWildcards(topic)) return
  throw new InvalidDestinationError(
    `${describeDestination(destination)} cannot be sent to over MQTT, where * and > mean several topics; choose a name without them`,
  )
}

/**
 * The filter that a consumer subscribes to.
 *
 * @throws InvalidDestinationError for a name that no filter of MQTT has
 */
export function filterOf(destination: Destination, { losesDots }: TopicRules): string {
  const { name } = destination
  if (losesDots && name.includes('/')) {
    throw new InvalidDestinationError(
      `${describeDestination(destination)} has no form on RabbitMQ over MQTT, where / is what separates levels; write the levels with . between them`,
    )
  }
  const filter = swapTopic(name)
  const levels = filter.split('/')
  const isWrong = levels.some(
    (level, index) =>
      (level.includes('+') && level !== '+') || (level.includes('#') && (level !== '#' || index < levels.length - 1)),
  )
  if (!isWrong) return filter
  throw new InvalidDestinationError(
    `${describeDestination(destination)} is no topic of MQTT: * stands for a whole level, and > for all that follow, at the end; write it so`,
  )
}

/** Whether a topic is one of those that a filter means (MQTT 5 §4.7). */
export function matchesFilter(filter: string, topic: string): boolean {
  if (filter === topic) return true
  const wanted = filter.split('/')
  const levels = topic.split('/')
  // Topics of the server itself are no match for a wildcard at the beginning.
  if (topic.startsWith('$') && (wanted[0] === '+' || wanted[0] === '#')) return false
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted[index] === '#') return true
    if (wanted[index] !== '+' && wanted[index] !== levels[index]) return false
    if (index >= levels.length) return false
  }
  return wanted.length === levels.length
}

/** Whether there is a topic that both filters mean. */
export function filtersOverlap(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')]
  for (let index = 0; ; index += 1) {
    const [left, right] = [a[index], b[index]]
    if (left === '#' || right === '#') return true
    if (left === undefined || right === undefined) return left === right
    if (left !== '+' && right !== '+' && left !== right) return false
  }
}

export function hasWildcards(filter: string): boolean {
  return /[+#]/.test(filter)
}
