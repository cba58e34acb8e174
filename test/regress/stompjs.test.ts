import { setTimeout as passes } from 'node:timers/promises'
import { FrameImpl, Parser } from '@stomp/stompjs'
import { afterEach, describe, expect, it } from 'vitest'
import { connect, queue } from '../../src/index.ts'
import { encodeBinaryFrame } from '../../src/providers/stomp/binary-frame.ts'
import { encodeHead } from '../../src/providers/stomp/frame-encoder.ts'
import { FrameParser } from '../../src/providers/stomp/frame-parser.ts'
import { escapeHeader, unescapeHeader } from '../../src/providers/stomp/header-escapes.ts'
import { stompjsClient } from '../interop/stompjs-client.ts'
import { type Script, ScriptedBroker } from '../unit/stomp/scripted-broker.ts'

const brokers: ScriptedBroker[] = []
afterEach(() => {
  for (const broker of brokers.splice(0)) broker.close()
})

async function broker(script: Script): Promise<ScriptedBroker> {
  const one = await ScriptedBroker.listen('ActiveMQ/5.18.3', script)
  brokers.push(one)
  return one
}

describe('why STOMP frames are written and read by hand, not by stompjs', () => {
  it.each(['C:\\new', 'a\\\\rb', '\\c'])('it changes headers with a backslash: %j', (value) => {
    const onTheWire = escapeHeader(value, '1.2')
    const raw = {
      command: 'MESSAGE',
      headers: [['path', onTheWire]] as [string, string][],
      binaryBody: new Uint8Array(),
    }
    expect(FrameImpl.fromRawFrame(raw, true).headers.path).not.toBe(value)
    expect(unescapeHeader(onTheWire, false)).toBe(value)
  })

  it('it takes bodies apart byte by byte, many times slower', () => {
    const body = new Uint8Array(4_000_000).fill(7)
    const bytes = encodeBinaryFrame(encodeHead('MESSAGE', [['content-length', String(body.length)]], '1.2'), body)
    const timeOf = (parse: () => void): number => {
      const { user, system } = process.cpuUsage()
      parse()
      const after = process.cpuUsage({ user, system })
      return after.user + after.system
    }
    let theirs: Uint8Array | undefined
    const parser = new Parser(
      (frame) => {
        theirs = frame.binaryBody
      },
      () => {},
    )
    const theirTime = timeOf(() => parser.parseChunk(bytes.buffer as ArrayBuffer))
    let ours: Uint8Array | undefined
    const own = new FrameParser({ head: 1_000, headers: 10, body: 10_000_000 }, (frame) => {
      ours = frame.body
    })
    own.version = '1.2'
    const ourTime = timeOf(() => own.push(bytes))
    expect(ours?.length).toBe(theirs?.length)
    expect(theirTime).toBeGreaterThan(5 * ourTime)
  })

  it('its receipts stay unanswered for ever when the connection is lost; ours are rejected', async () => {
    const cuts = await broker(({ command }, peer) => {
      if (command !== 'SEND') return false
      peer.cut()
      return true
    })
    const client = await stompjsClient(cuts.uri)
    let told = false
    client.watchForReceipt('r', () => {
      told = true
    })
    const closed = new Promise<void>((resolve) => {
      client.onWebSocketClose = () => resolve()
    })
    client.publish({ destination: '/queue/orders', headers: { receipt: 'r' }, body: 'lost' })
    await closed
    expect(told).toBe(false)
    await client.deactivate()

    const ours = await connect(cuts.uri, { failover: false })
    await expect(ours.send(queue('orders'), 'lost')).rejects.toThrow(/was lost/)
    await ours.close()
  })

  it('its deactivate() waits for ever for a broker that says nothing more; our close() ends in time', async () => {
    const silent = await broker(({ command }) => command === 'DISCONNECT')
    const client = await stompjsClient(silent.uri)
    const deactivating = client.deactivate().then(() => 'settled')
    expect(await Promise.race([deactivating, passes(1_000, 'pending')])).toBe('pending')
    await client.deactivate({ force: true })

    const ours = await connect(silent.uri, { closeTimeout: 50 })
    await ours.close()
    expect(ours.state).toBe('closed')
  })
})
