import { ConnectionError, InvalidClientIdError } from '../../errors.ts'
import type { StompConnection } from './connection.ts'
import type { HeaderList } from './dialect.ts'
import type { Frame } from './frame.ts'

/** Who sent a message to the queue of a client id. */
const CLAIMANT = 'PolymqClaimant'
const OWNER = 'polymq-client-id'
const WITNESS = 'polymq-client-id-witness'
const SUBJECT = { action: 'taking the client id' }
/** ms for both messages to come; the broker has them already. */
const PATIENCE = 10_000

/**
 * Takes a client id for this connection; Artemis itself lets any number of STOMP connections have it. There is a queue for
 * each id, and all messages of a group go to the consumer that had the first one, as long as it is there. So who gets
 * his own message of the group has the id. A second message, outside the group and for the claimant alone, comes behind
 * the first one and tells that it went elsewhere. The broker ends the claim with the connection.
 *
 * @throws InvalidClientIdError when another connection has it
 * @throws AuthorizationError when the user may make no queue for it
 */
export async function claimClientId(connection: StompConnection, clientId: string): Promise<void> {
  const queue = `polymq.client.${clientId.replaceAll('?', '%3F').replaceAll('::', '%3A%3A')}`
  const claimant = crypto.randomUUID()
  await subscribe(connection, OWNER, queue, "JMSType = 'claim'")
  await subscribe(connection, WITNESS, queue, `JMSType = '${claimant}'`)
  if (await outcomeOf(connection, queue, claimant)) {
    await connection.request('UNSUBSCRIBE', [['id', WITNESS]], SUBJECT)
    return
  }
  throw new InvalidClientIdError(
    `the client id ${JSON.stringify(clientId)} is in use by another connection to ${connection.endpoint}; choose another, or close that connection`,
  )
}

/** Whether the message of the group comes here before the other one. */
async function outcomeOf(connection: StompConnection, queue: string, claimant: string): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const outcome = new Promise<boolean>((resolve, reject) => {
    let isOwner = false
    timer = setTimeout(() => reject(unanswered(connection, queue)), PATIENCE)
    connection.whenLost(reject)
    const received = ({ headers }: Frame, subscription: string): void => {
      if (subscription === OWNER) isOwner ||= headers.get(CLAIMANT) === claimant
      else resolve(isOwner)
    }
    for (const id of [OWNER, WITNESS]) connection.subscribers.set(id, { received, cancelled() {} })
    const send = (type: string, group: HeaderList): Promise<void> =>
      connection.request(
        'SEND',
        [
          ['destination', queue],
          ['destination-type', 'ANYCAST'],
          ['persistent', 'false'],
          ['type', type],
          [CLAIMANT, claimant],
          ...group,
        ],
        SUBJECT,
      )
    Promise.all([send('claim', [['JMSXGroupID', 'claim']]), send(claimant, [])]).catch(reject)
  })
  try {
    return await outcome
  } finally {
    clearTimeout(timer)
    for (const id of [OWNER, WITNESS]) connection.subscribers.delete(id)
    connection.whenLost(() => {})
  }
}

function unanswered(connection: StompConnection, queue: string): ConnectionError {
  return new ConnectionError(
    `${connection.endpoint} has not delivered within ${PATIENCE} ms what tells whether the client id is free; see that the queue ${queue} works`,
  )
}

/** What it brings is acknowledged by the broker. */
function subscribe(connection: StompConnection, id: string, queue: string, selector: string): Promise<void> {
  return connection.subscribe(
    id,
    [
      ['destination', queue],
      ['subscription-type', 'ANYCAST'],
      ['ack', 'auto'],
      ['consumer-window-size', '-1'],
      ['selector', selector],
    ],
    SUBJECT,
  )
}
