/**
 * The symbol behind `await using`. Node before 20.4 lacks it; TypeScript's and other polyfills then define it under
 * this registered name or look for it on `Symbol`.
 */
export const asyncDispose: typeof Symbol.asyncDispose =
  Symbol.asyncDispose ?? (Symbol.for('Symbol.asyncDispose') as typeof Symbol.asyncDispose)
