import { readFileSync } from 'node:fs'
import { type Connection, type ConnectOptions, connect, queue } from '../../src/index.ts'
import { certificates } from '../brokers/index.ts'

export const ca = readFileSync(certificates.ca, 'utf8')

let counter = 0

/** A queue name that no other test uses. */
export function uniqueName(purpose: string): string {
  counter += 1
  return `${purpose}.${process.pid}.${Date.now()}.${counter}`
}

/** Connects, and sees that a message goes through. */
export async function connectAndUse(uri: string, options?: ConnectOptions): Promise<Connection['peer']> {
  await using connection = await connect(uri, options)
  const name = uniqueName('connecting')
  const session = await connection.createSession()
  const consumer = await session.createConsumer(queue(name))
  await connection.send(queue(name), 'hello')
  const message = await consumer.receive({ timeout: 10_000 })
  if (message?.body !== 'hello') throw new Error(`the message did not come back: ${String(message?.body)}`)
  return connection.peer
}

/** What a call that has to fail fails with; its text holds no password. */
export async function failureOf(call: Promise<unknown>): Promise<Error & { readonly code?: string }> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (!(outcome instanceof Error)) throw new Error('the call has not failed')
  if (allText(outcome).includes('polymq-secret')) throw new Error(`a secret is in the error: ${allText(outcome)}`)
  return outcome
}

function allText(error: Error): string {
  const cause = error.cause instanceof Error ? allText(error.cause) : ''
  return `${error.stack}${JSON.stringify(error, Object.getOwnPropertyNames(error))}${cause}`
}
