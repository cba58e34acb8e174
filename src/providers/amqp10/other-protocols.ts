import { isBeyondErlang, noteLoss } from '../../interop/lost-properties.ts'
import { RABBITMQ_TYPES_HEADER, TYPE_HEADER } from '../../interop/rabbitmq-headers.ts'
import { encodeTypes, type Types } from '../../interop/types-header.ts'
import type { MessageData } from '../../message/message-data.ts'

/** RabbitMQ hands it over as the type of a message, and drops the subject. */
export const BASIC_TYPE = 'x-basic-type'

/** Annotations by which clients of RabbitMQ's other protocols get what they would lose; undefined when that is nothing. */
export function annotationsForOthers({
  kind,
  properties,
  type,
}: MessageData): readonly (readonly [name: string, text: string])[] | undefined {
  const types: Types = kind === 'empty' ? { kind } : {}
  for (const name in properties) {
    const value = properties[name]
    if (value !== undefined) noteLoss(types, name, value, !isBeyondErlang(value))
  }
  const text = encodeTypes(types)
  if (text === undefined && type === undefined) return undefined
  const annotations: [string, string][] = []
  if (text !== undefined) annotations.push([RABBITMQ_TYPES_HEADER, text])
  if (type !== undefined) annotations.push([kind === 'map' || kind === 'stream' ? TYPE_HEADER : BASIC_TYPE, type])
  return annotations
}
