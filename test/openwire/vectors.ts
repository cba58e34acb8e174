/** Frames of OpenWire that the Java client and a broker have exchanged; `recording/record.ts` writes them. */

import type { JavaBody, JavaFields } from '../interop/java-message.ts'
import type { Fields } from './recording/frame-reader.ts'
import vectorsFile from './vectors.json' with { type: 'json' }

export interface Vector {
  readonly name: string
  readonly from: 'client' | 'broker'
  /** Hexadecimal, with the four bytes of its length. */
  readonly frame: string
  /** Field by field. */
  readonly means: Fields
  /** Of a message: what Java was told to send. */
  readonly message?: JavaBody & JavaFields
}

export const vectors: readonly Vector[] = vectorsFile as unknown as readonly Vector[]
