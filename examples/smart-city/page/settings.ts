/** What the page is told by its server. */
export interface PageSettings {
  /** Of the broker, over WebSocket, with the credentials of this user. */
  readonly broker: string
  /** What the topics begin with. */
  readonly run: string
}
