import { InvalidOptionError } from '../errors.ts'
import type { AcknowledgeMode } from '../provider/resources.ts'
import type { SessionOptions } from './api.ts'
import { checkOptionNames } from './option-names.ts'

const KNOWN: ReadonlySet<string> = new Set(['acknowledgeMode', 'transacted'])

const ACKNOWLEDGE_MODES: readonly AcknowledgeMode[] = ['auto', 'client', 'dups-ok', 'individual', 'transacted']

/**
 * The acknowledge mode that a session's options ask for.
 *
 * @throws InvalidOptionError for an unknown option or mode, or a `transacted` that contradicts it
 */
export function acknowledgeModeOf(options: SessionOptions): AcknowledgeMode {
  checkOptionNames('createSession', options, KNOWN)
  const mode = options.acknowledgeMode ?? (options.transacted === true ? 'transacted' : 'auto')
  if (!ACKNOWLEDGE_MODES.includes(mode)) {
    throw new InvalidOptionError(
      'acknowledgeMode',
      `createSession: acknowledgeMode is one of ${ACKNOWLEDGE_MODES.join(', ')}, not ${String(mode)}`,
    )
  }
  if (options.transacted !== undefined && options.transacted !== (mode === 'transacted')) {
    throw new InvalidOptionError(
      'transacted',
      `createSession: transacted ${options.transacted} contradicts acknowledgeMode ${mode}`,
    )
  }
  return mode
}
