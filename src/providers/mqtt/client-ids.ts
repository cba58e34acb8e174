import type { ConsumerInfo } from '../../provider/resources.ts'

/** A session at the broker has the name of a client id. Every durable subscription is one, beside that of the connection. */
export function durableClientId(clientId: string, subscription: string): string {
  return `${encodeURIComponent(clientId)}:${encodeURIComponent(subscription)}`
}

/** The group of a shared subscription: of the client where it has an id (JMS 3.1 §4.2.3.3), else of everybody. */
export function shareName(clientId: string | undefined, { subscription }: ConsumerInfo): string {
  const name = encodeURIComponent(subscription?.name ?? '')
  return clientId === undefined ? name : `${encodeURIComponent(clientId)}:${name}`
}
