import type { Destination } from '../../src/index.ts'
import { type Answer, type Fields, fieldOf } from './line.ts'

/** Messages as Java has them, and the fields of a line that stand for them. */

/** A value with its Java type: `int:1`, `string:text`, `bytes:00ff`, `null:` … */
export type Typed =
  `${'boolean' | 'byte' | 'short' | 'int' | 'long' | 'float' | 'double' | 'char' | 'string' | 'bytes' | 'null'}:${string}`

export type JavaBody =
  | { readonly class: 'TextMessage' | 'BytesMessage' | 'ObjectMessage'; readonly body: Typed }
  | { readonly class: 'MapMessage'; readonly body: Readonly<Record<string, Typed>> }
  | { readonly class: 'StreamMessage'; readonly body: readonly Typed[] }
  | { readonly class: 'Message' }

export function javaText(text: string): JavaBody {
  return { class: 'TextMessage', body: `string:${text}` }
}

export interface JavaFields {
  readonly correlationId?: string
  readonly type?: string
  readonly replyTo?: Place
  readonly properties?: Readonly<Record<string, Typed>>
}

export interface JavaSendOptions {
  readonly priority?: number
  readonly timeToLive?: number
  readonly deliveryMode?: 'persistent' | 'non-persistent'
}

export type JavaReceived = JavaBody &
  JavaFields & {
    readonly properties: Readonly<Record<string, Typed>>
    readonly messageId: string
    readonly destination: Place
    /** ms since the epoch. */
    readonly timestamp: number
    /** ms since the epoch; 0 for never. */
    readonly expiration: number
    readonly priority: number
    readonly deliveryMode: string
    readonly redelivered: boolean
    /** On its way, which only ActiveMQ's client tells. */
    readonly compressed: boolean
  }

/** A destination as polymq has it, without the methods of temporary ones. */
export type Place = Pick<Destination, 'kind' | 'name'>

/** The names that Java has for destinations on one broker. */
export interface Places {
  textOf(place: Place): string
  placeOf(text: string): Place
}

export function fieldsOf(message: JavaBody & JavaFields, places: Places): Fields {
  return [
    ['class', message.class],
    ...bodyFieldsOf(message),
    ...Object.entries(message.properties ?? {}).map(([name, value]) => [`property.${name}`, value] as const),
    ['correlation-id', message.correlationId],
    ['type', message.type],
    ['reply-to', message.replyTo && places.textOf(message.replyTo)],
  ]
}

/** Undefined when there was none. */
export function receivedOf(answer: Answer, places: Places): JavaReceived | undefined {
  if (answer.word === 'nothing') return undefined
  const one = (name: string) => fieldOf(answer, name)
  const optional = (name: string) => answer.fields.find(([field]) => field === name)?.[1]
  const [correlationId, type, replyTo] = [optional('correlation-id'), optional('type'), optional('reply-to')]
  return {
    ...bodyOf(answer),
    ...(correlationId !== undefined && { correlationId }),
    ...(type !== undefined && { type }),
    ...(replyTo !== undefined && { replyTo: places.placeOf(replyTo) }),
    properties: under(answer, 'property.'),
    messageId: one('message-id'),
    destination: places.placeOf(one('destination')),
    timestamp: Number(one('timestamp')),
    expiration: Number(one('expiration')),
    priority: Number(one('priority')),
    deliveryMode: one('delivery-mode'),
    redelivered: one('redelivered') === 'true',
    compressed: optional('compressed') === 'true',
  }
}

function bodyFieldsOf(message: JavaBody): Fields {
  switch (message.class) {
    case 'Message':
      return []
    case 'MapMessage':
      return Object.entries(message.body).map(([name, value]) => [`body.${name}`, value])
    case 'StreamMessage':
      return message.body.map((value) => ['body', value])
    default:
      return [['body', message.body]]
  }
}

function bodyOf(answer: Answer): JavaBody {
  const kind = fieldOf(answer, 'class') as JavaBody['class']
  const values = answer.fields.filter(([name]) => name === 'body').map(([, value]) => value as Typed)
  switch (kind) {
    case 'Message':
      return { class: kind }
    case 'MapMessage':
      return { class: kind, body: under(answer, 'body.') }
    case 'StreamMessage':
      return { class: kind, body: values }
    default:
      return { class: kind, body: values[0] as Typed }
  }
}

function under(answer: Answer, prefix: string): Record<string, Typed> {
  const found = answer.fields.filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value as Typed]))
}
