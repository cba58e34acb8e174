import type { Endpoint } from '../options/target.ts'
import type { TlsOptions } from '../options/tls-options.ts'

/** Refuses what this platform cannot do. Node can do all of it; `limits.browser.ts` takes the place of this file. */
export function requirePossible(_endpoints: readonly Endpoint[], _tls: TlsOptions): void {}
