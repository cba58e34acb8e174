import {
  byte,
  double,
  type EntryInput,
  type EntryValue,
  float,
  int,
  long,
  type PropertyInput,
  type PropertyValue,
  short,
} from '../../src/index.ts'
import type { Typed } from './java-message.ts'

/** A value as Java has it, as polymq is given it to send, and as polymq receives it. */
export interface Sample<Input = EntryInput, Value = EntryValue> {
  readonly name: string
  readonly java: Typed
  readonly sent: Input
  readonly received: Value
}

/** Of every type that a property can have. */
export const propertySamples: readonly Sample<PropertyInput, PropertyValue>[] = [
  same('yes', 'boolean:true', true),
  same('no', 'boolean:false', false),
  { name: 'byte', java: 'byte:-128', sent: byte(-128), received: -128 },
  { name: 'short', java: 'short:32767', sent: short(32_767), received: 32_767 },
  { name: 'int', java: 'int:-2147483648', sent: int(-2_147_483_648), received: -2_147_483_648 },
  same('plainInt', 'int:7', 7),
  { name: 'long', java: 'long:5', sent: long(5), received: 5 },
  same('plainLong', 'long:3000000000', 3_000_000_000),
  same('longest', 'long:9223372036854775807', 2n ** 63n - 1n),
  same('lowest', 'long:-9223372036854775808', -(2n ** 63n)),
  { name: 'float', java: 'float:1.5', sent: float(1.5), received: 1.5 },
  { name: 'double', java: 'double:3.0', sent: double(3), received: 3 },
  same('plainDouble', 'double:0.1', 0.1),
  same('infinite', 'double:-Infinity', -Infinity),
  same('noNumber', 'double:NaN', NaN),
  same('text', 'string:Grüße, 世界, ☃ 😀', 'Grüße, 世界, ☃ 😀'),
  same('emptyText', 'string:', ''),
  same('größe', 'string:a name beyond ASCII', 'a name beyond ASCII'),
]

/** Of every type that an entry of a map or stream can have. */
export const entrySamples: readonly Sample[] = [
  ...propertySamples,
  same('bytes', 'bytes:00ff', Uint8Array.of(0, 255)),
  same('noBytes', 'bytes:', new Uint8Array()),
  same('nothing', 'null:', null),
]

/** The same without characters beyond U+FFFF. */
export function withinBmp<Input, Value>(samples: readonly Sample<Input, Value>[]): readonly Sample<Input, Value>[] {
  const shorten = <T>(value: T): T => (typeof value === 'string' ? (value.replaceAll('😀', '') as T) : value)
  return samples.map(({ name, java, sent, received }) => ({
    name,
    java: shorten(java),
    sent: shorten(sent),
    received: shorten(received),
  }))
}

function same<Value extends EntryValue>(name: string, java: Typed, value: Value): Sample<Value, Value> {
  return { name, java, sent: value, received: value }
}

/** One side of the samples, by their names. */
export function recordOf<Input, Value, Key extends keyof Sample>(
  samples: readonly Sample<Input, Value>[],
  side: Key,
): Record<string, Sample<Input, Value>[Key]> {
  return Object.fromEntries(samples.map((sample) => [sample.name, sample[side]]))
}
