import type { ForeignBanner } from './banner.ts'

/** Who has accepted a WebSocket speaks another protocol over it at most: the first bytes of other ports never get here. */
export function recogniseBanner(bytes: Uint8Array): ForeignBanner {
  const isStomp = /^(ERROR|CONNECTED)/.test(String.fromCharCode(...bytes.subarray(0, 9)))
  return {
    speaks: isStomp ? 'STOMP' : 'an unknown protocol',
    advice: 'check that port and path are those of the protocol in the URI',
  }
}
