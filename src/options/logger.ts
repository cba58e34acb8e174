/** Receives what is worth knowing but no reason to fail: warnings, reconnections. Nothing is written anywhere by default. */
export interface Logger {
  /** Steps of interest when something is being tracked down. */
  debug?(message: string, details?: Readonly<Record<string, unknown>>): void
  /** Ordinary events. */
  info?(message: string, details?: Readonly<Record<string, unknown>>): void
  /** What may need somebody's attention, for example that certificates are not verified. */
  warn?(message: string, details?: Readonly<Record<string, unknown>>): void
  /** A fault that no call could report. */
  error?(message: string, details?: Readonly<Record<string, unknown>>): void
}

/** The logger of a connection that was given none. */
export const SILENT_LOGGER: Logger = Object.freeze({})
