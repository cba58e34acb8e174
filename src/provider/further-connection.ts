import { ConnectionError, TimeoutError } from '../errors.ts'

/** What a connection is opened beside. */
export interface MainConnection {
  readonly endpoint: string
  /** Resolves when the broker answers over it; rejects with its loss when the broker is gone. */
  roundTrip(): Promise<void>
}

/**
 * Opens a connection beside the main one, within `timeout` ms. One that the network or the broker cuts meanwhile is opened
 * once more when the broker still answers over the main one; when it does not, that one is lost, and so is this.
 *
 * @param open - is not waited for any more when its signal aborts
 * @throws ConnectionLostError when the broker is gone
 * @throws TimeoutError when it does not finish the handshake
 */
export async function openFurther<Connection>(
  main: MainConnection,
  timeout: number,
  open: (signal: AbortSignal) => Promise<Connection>,
): Promise<Connection> {
  try {
    return await inTime(main, timeout, open)
  } catch (error) {
    if (!(error instanceof ConnectionError)) throw error
    await main.roundTrip()
  }
  return inTime(main, timeout, open)
}

async function inTime<Connection>(
  { endpoint }: MainConnection,
  timeout: number,
  open: (signal: AbortSignal) => Promise<Connection>,
): Promise<Connection> {
  const limit = AbortSignal.timeout(timeout)
  try {
    return await open(limit)
  } catch (error) {
    if (!limit.aborted) throw error
    throw new TimeoutError(
      `${endpoint} did not finish the handshake of a further connection within ${timeout} ms; check the broker, or raise requestTimeout`,
      { cause: error },
    )
  }
}
