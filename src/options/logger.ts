/** Receives what is worth knowing but no reason to fail: warnings, reconnections. Nothing is written anywhere by default. */
export interface Logger {
  debug?(message: string, details?: Readonly<Record<string, unknown>>): void
  info?(message: string, details?: Readonly<Record<string, unknown>>): void
  warn?(message: string, details?: Readonly<Record<string, unknown>>): void
  error?(message: string, details?: Readonly<Record<string, unknown>>): void
}

/** The logger of a connection that was given none. */
export const SILENT_LOGGER: Logger = Object.freeze({})
