/** Over a WebSocket, which a browser has nothing else than, frames are text: bytes go as text in them. */
export function encodeBinaryFrame(): never {
  throw new TypeError('a WebSocket takes text')
}
