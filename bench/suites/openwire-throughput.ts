import type { Contender, MedianOf, Sample, Suite } from '../harness.ts'
import { measureClient } from './client.ts'
import { type Mode, openPolymqWindowed, openRhea, openStompit, prepareOpenWireQueue } from './openwire-clients.ts'
import { measureJava } from './openwire-java.ts'

const MODES: readonly Mode[] = ['persistent', 'non-persistent']

/** Hears nothing of what becomes of its sends, so that it is shown for messages that are not persistent only. */
const RHEA_SETTLED = 'rhea, settled'

type Measure = (brokers: string, name: string, mode: Mode) => Promise<Sample>

/** The Java client first: the others are compared with it. */
const CLIENTS: Readonly<Record<string, Measure>> = {
  'activemq-client': measureJava,
  polymq: (brokers, name, mode) => measureClient((received) => openPolymqWindowed(brokers, name, mode, {}, received)),
  'polymq, failover off': (brokers, name, mode) =>
    measureClient((received) => openPolymqWindowed(brokers, name, mode, { failover: false }, received)),
  stompit: (brokers, name, mode) => measureClient((received) => openStompit(brokers, name, mode, received)),
  rhea: (brokers, name, mode) => measureClient((received) => openRhea(brokers, name, mode, {}, received)),
  [RHEA_SETTLED]: (brokers, name, mode) =>
    measureClient((received) => openRhea(brokers, name, mode, { settled: true }, received)),
}
const OTHERS = ['stompit', 'rhea']

/**
 * Messages through a queue of ActiveMQ Classic, each acknowledged after it was handled, with CREDIT fetched ahead. polymq and
 * rhea have them confirmed, the others the persistent ones. WINDOW of those are unconfirmed at a time; of the others, CREDIT
 * are on their way until they are received.
 */
export const openwireThroughput: Suite = {
  name: 'openwire-throughput',
  title: 'a message of 256 bytes through ActiveMQ Classic, sent, received and acknowledged; persistent ones confirmed',
  needsBroker: 'tcp',
  contenders: MODES.flatMap((mode) =>
    Object.keys(CLIENTS)
      .filter((client) => client !== RHEA_SETTLED || mode === 'non-persistent')
      .map((client) => contender(client, mode)),
  ),
  goals: [
    {
      text: 'persistent: polymq at most 1.5 of the CPU of activemq-client',
      met: (medianOf) => medianOf('polymq, persistent', 'cpu') / medianOf('activemq-client, persistent', 'cpu') <= 1.5,
    },
    ...MODES.flatMap((mode) =>
      OTHERS.map((other) => ({
        text: `${mode}: polymq at least the rate of ${other}`,
        met: (medianOf: MedianOf) => medianOf(nameOf('polymq', mode), 'rate') >= medianOf(nameOf(other, mode), 'rate'),
      })),
    ),
  ],
}

function contender(client: string, mode: Mode): Contender {
  return { name: nameOf(client, mode), group: mode, measure: ({ broker }) => measure(client, mode, broker) }
}

function nameOf(client: string, mode: Mode): string {
  return `${client}, ${mode}`
}

async function measure(client: string, mode: Mode, brokers: string): Promise<Sample> {
  const run = CLIENTS[client]
  if (run === undefined) throw new Error(`no client ${client}`)
  const name = `polymq.bench.openwire.${mode}`
  await prepareOpenWireQueue(brokers, name)
  return run(brokers, name, mode)
}
