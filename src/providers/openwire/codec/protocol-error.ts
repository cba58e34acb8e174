/** What came is no OpenWire, or more than is taken: the connection ends over it. */
export class OpenWireProtocolError extends Error {
  override readonly name: string = 'OpenWireProtocolError'
}
