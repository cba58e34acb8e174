/** Messages of every kind, with every type of value, and what Java's encoding makes special. */

import { type JavaBody, type JavaFields, javaText, type Typed } from '../../interop/java-message.ts'
import { entrySamples, propertySamples, recordOf } from '../../interop/values.ts'

export interface Recorded {
  readonly name: string
  readonly message: JavaBody & JavaFields
  /** Options of the client. */
  readonly settings?: string
}

const compressed = 'jms.useCompression=true'
const special = 'NUL \0, é, ☃, 😀'
const map: JavaBody = { class: 'MapMessage', body: recordOf(entrySamples, 'java') }
const stream: JavaBody = { class: 'StreamMessage', body: entrySamples.map(({ java }) => java) }
const bytes: JavaBody = { class: 'BytesMessage', body: 'bytes:0001027f80ff' }
const object: JavaBody = { class: 'ObjectMessage', body: 'string:hello' }
/** From here on a string has four bytes of length. */
const BIG = 8_191

export const messages: readonly Recorded[] = [
  { name: 'a text', message: javaText('hello') },
  { name: 'a text of special characters', message: javaText(special) },
  { name: 'an empty text', message: javaText('') },
  { name: 'a text that is null', message: { class: 'TextMessage', body: 'null:' } },
  { name: 'bytes', message: bytes },
  { name: 'no bytes', message: { class: 'BytesMessage', body: 'bytes:' } },
  { name: 'a map', message: map },
  {
    name: 'a map of special characters',
    message: { class: 'MapMessage', body: { [special]: `string:${special}`, char: 'char:ß' } },
  },
  { name: 'an empty map', message: { class: 'MapMessage', body: {} } },
  { name: 'a stream', message: stream },
  {
    name: 'a stream of special characters',
    message: { class: 'StreamMessage', body: [`string:${special}`, 'char:ß'] },
  },
  { name: 'an empty stream', message: { class: 'StreamMessage', body: [] } },
  { name: 'an object', message: object },
  { name: 'a message without a body', message: { class: 'Message' } },
  { name: 'a compressed text', message: javaText('compressed 😀 '.repeat(20)), settings: compressed },
  {
    name: 'compressed bytes',
    message: { class: 'BytesMessage', body: `bytes:${'00'.repeat(50)}` },
    settings: compressed,
  },
  { name: 'a compressed map', message: map, settings: compressed },
  { name: 'a compressed stream', message: stream, settings: compressed },
  { name: 'a compressed object', message: object, settings: compressed },
  { name: 'no body, compressed', message: { class: 'TextMessage', body: 'null:' }, settings: compressed },
  { name: 'an empty text, compressed', message: javaText(''), settings: compressed },
  { name: 'properties of every type', message: withProperties(recordOf(propertySamples, 'java')) },
  {
    name: 'properties of special characters',
    message: withProperties({ [`name ${special}`]: `string:${special}` }),
  },
  { name: 'a property that is a long text', message: withProperties({ long: `string:${'x'.repeat(BIG)}` }) },
  {
    name: 'every header that a sender sets',
    message: {
      ...javaText('hello'),
      correlationId: `order ${special}`,
      type: `type ${special}`,
      replyTo: { kind: 'topic', name: 'answers.ß' },
    },
  },
  {
    name: 'a message of a group',
    message: withProperties({ JMSXGroupID: 'string:group ☃', JMSXGroupSeq: 'int:3' }),
  },
  {
    name: 'a message that is delivered later',
    message: withProperties({ AMQ_SCHEDULED_DELAY: 'long:10', AMQ_SCHEDULED_REPEAT: 'int:0' }),
  },
]

function withProperties(properties: Readonly<Record<string, Typed>>): JavaBody & JavaFields {
  return { ...javaText('hello'), properties }
}
