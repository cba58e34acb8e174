import type { Contender, Goal, MedianOf, Sample, Suite } from '../harness.ts'
import { measureClient } from './client.ts'
import { type Mode, openPolymqWindowed, openRhea, openStompit, prepareOpenWireQueue } from './openwire-clients.ts'
import { measureJava } from './openwire-java.ts'

const MODES: readonly Mode[] = ['persistent', 'non-persistent']

/**
 * On a socket as rhea's at the broker, which holds small packets back until those before are acknowledged (Nagle's algorithm):
 * fewer packets for both sides, and 40 ms for a message on its own.
 */
const HELD_BACK = 'polymq, tcpNoDelayEnabled=false'

/** Hears nothing of what becomes of its sends, so that it is shown for messages that are not persistent only. */
const RHEA_SETTLED = 'rhea, settled'

type Measure = (brokers: string, name: string, mode: Mode) => Promise<Sample>

/** The Java client first: the others are compared with it. */
const CLIENTS: Readonly<Record<string, Measure>> = {
  'activemq-client': measureJava,
  polymq: (brokers, name, mode) => measureClient((received) => openPolymqWindowed(brokers, name, mode, {}, received)),
  [HELD_BACK]: (brokers, name, mode) =>
    measureClient((received) =>
      openPolymqWindowed(brokers, name, mode, {}, received, '?wireFormat.tcpNoDelayEnabled=false'),
    ),
  'polymq, failover off': (brokers, name, mode) =>
    measureClient((received) => openPolymqWindowed(brokers, name, mode, { failover: false }, received)),
  stompit: (brokers, name, mode) => measureClient((received) => openStompit(brokers, name, mode, received)),
  rhea: (brokers, name, mode) => measureClient((received) => openRhea(brokers, name, mode, {}, received)),
  [RHEA_SETTLED]: (brokers, name, mode) =>
    measureClient((received) => openRhea(brokers, name, mode, { settled: true }, received)),
}

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
    ...MODES.flatMap((mode) => [
      atLeast('polymq', 'stompit', mode),
      atLeast('polymq', 'rhea', mode),
      atLeast(HELD_BACK, 'rhea', mode),
    ]),
  ],
}

function atLeast(one: string, other: string, mode: Mode): Goal {
  return {
    text: `${mode}: ${one} at least the rate of ${other}`,
    met: (medianOf: MedianOf) => medianOf(nameOf(one, mode), 'rate') >= medianOf(nameOf(other, mode), 'rate'),
  }
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
