import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Sample } from '../harness.ts'
import { BODY, CREDIT, MESSAGES, TIMED } from './client.ts'
import { type Mode, uriOf, WINDOWS } from './openwire-clients.ts'

const JARS = fileURLToPath(new URL('../../test/brokers/.cache/activemq-client', import.meta.url))
const PROGRAM = fileURLToPath(new URL('../java/OpenWireClient.java', import.meta.url))
/** Until Java has compiled all that it uses. */
const WARM_UP = 60_000

/** One round of Java's activemq-client, in a process of its own. */
export async function measureJava(brokers: string, name: string, mode: Mode): Promise<Sample> {
  if (!existsSync(JARS)) throw new Error(`there is no ${JARS}; run test/brokers/setup.sh`)
  const { host, username, password } = new URL(uriOf(brokers, 'tcp'))
  const uri = `tcp://${host}?jms.prefetchPolicy.all=${CREDIT}`
  const login = [decodeURIComponent(username), decodeURIComponent(password)]
  const numbers = [WINDOWS[mode], BODY.length, WARM_UP, MESSAGES, TIMED].map(String)
  const args = ['-cp', `${JARS}/*`, PROGRAM, uri, ...login, name, mode, ...numbers]
  const { stdout } = await promisify(execFile)('java', args, { encoding: 'utf8' })
  return JSON.parse(stdout) as Sample
}
