import { base64Of, bytesOf } from '../../interop/types-header.ts'
import type { OutgoingPublish } from './codec/encode.ts'
import type { Publish } from './codec/packets.ts'
import type { PacketProperties } from './codec/properties.ts'

/**
 * What MQTT 5 has properties for, in the payload of MQTT 3.1.1: a JSON object whose member `mqtt5` has them by their names in
 * the standard, in lower camel case, and whose member `payload` is the text, or `payloadBase64` the bytes.
 */
interface Envelope {
  readonly mqtt5: {
    readonly payloadFormatIndicator?: number
    readonly contentType?: string
    readonly responseTopic?: string
    /** In base64. */
    readonly correlationData?: string
    /** Names and values. */
    readonly userProperties?: readonly (readonly [string, string])[]
  }
  readonly payload?: string
  readonly payloadBase64?: string
}

/** Every envelope begins like this, and little else does. */
const BEGINNING = '{"mqtt5":{'
const beginning = new TextEncoder().encode(BEGINNING)
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The message with its properties in the payload. */
export function wrapped(publish: OutgoingPublish): OutgoingPublish {
  const { properties = {}, payload } = publish
  const { payloadFormat, contentType, responseTopic, correlationData, userProperties = [] } = properties
  const envelope: Envelope = {
    mqtt5: {
      ...(payloadFormat !== undefined && { payloadFormatIndicator: payloadFormat }),
      ...(contentType !== undefined && { contentType }),
      ...(responseTopic !== undefined && { responseTopic }),
      ...(correlationData !== undefined && { correlationData: base64Of(correlationData) }),
      ...(userProperties.length > 0 && { userProperties: pairsOf(userProperties) }),
    },
    ...(typeof payload === 'string' ? { payload } : { payloadBase64: base64Of(payload) }),
  }
  return { ...publish, properties: undefined, payload: JSON.stringify(envelope) }
}

/** The message that was wrapped; as it came when it was not. */
export function unwrapped(publish: Publish): Publish {
  if (!beginning.every((byte, index) => publish.payload[index] === byte)) return publish
  try {
    const { mqtt5, payload, payloadBase64 } = JSON.parse(decoder.decode(publish.payload)) as Envelope
    const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : bytesOf(String(payloadBase64))
    return bytes === undefined ? publish : { ...publish, payload: bytes, properties: propertiesOf(mqtt5) }
  } catch {
    return publish
  }
}

/** Anything may have been sent. */
function propertiesOf(given: Envelope['mqtt5']): PacketProperties {
  const { payloadFormatIndicator, contentType, responseTopic, correlationData, userProperties } = given
  const data = typeof correlationData === 'string' ? bytesOf(correlationData) : undefined
  return {
    ...(payloadFormatIndicator === 1 && { payloadFormat: 1 }),
    ...(typeof contentType === 'string' && { contentType }),
    ...(typeof responseTopic === 'string' && { responseTopic }),
    ...(data !== undefined && { correlationData: data }),
    ...(Array.isArray(userProperties) && { userProperties: userProperties.flat().map(String) }),
  }
}

function pairsOf(list: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let index = 0; index < list.length; index += 2) pairs.push([list[index] ?? '', list[index + 1] ?? ''])
  return pairs
}
