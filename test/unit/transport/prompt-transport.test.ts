import { expect, test } from 'vitest'
import { PromptTransport } from '../../../src/transport/prompt-transport.ts'
import type { Transport, TransportHandler } from '../../../src/transport/transport.ts'

const EMPTY_FRAME = Uint8Array.of(0, 0, 0, 8, 2, 0, 0, 0)
const PACKET = Uint8Array.of(1, 2, 3)
const ANSWER = Uint8Array.of(4, 5, 6)

/** A prompt transport over one that keeps what is written; `arrive` is the peer. */
function setUp(onData: (transport: PromptTransport) => void = () => {}) {
  const written: (Uint8Array | string)[] = []
  let peer: TransportHandler | undefined
  const inner: Transport = {
    secure: false,
    certificate: undefined,
    bufferedBytes: 0,
    start: (handler) => {
      peer = handler
    },
    write: (bytes) => written.push(bytes) > 0,
    pause: () => {},
    resume: () => {},
    end: () => {},
    destroy: () => {},
  }
  const transport = new PromptTransport(inner, EMPTY_FRAME)
  transport.start({ data: () => onData(transport), drained: () => {}, closed: () => {} })
  const arrive = (): void => peer?.data(PACKET)
  return { transport, written, arrive }
}

/** The end of the turn in which something arrived. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('packets that nobody answers are answered with one empty frame', async () => {
  const { transport, written, arrive } = setUp()
  transport.isPrompt = true
  arrive()
  arrive()
  await turn()
  expect(written).toEqual([EMPTY_FRAME])
  arrive()
  await turn()
  expect(written).toEqual([EMPTY_FRAME, EMPTY_FRAME])
})

test('an answer makes the empty frame needless, also one that comes a little later', async () => {
  const { transport, written, arrive } = setUp((self) => queueMicrotask(() => self.write(ANSWER)))
  transport.isPrompt = true
  arrive()
  await turn()
  expect(written).toEqual([ANSWER])
})

test('nothing is added before it is asked for, nor after the end', async () => {
  const { transport, written, arrive } = setUp()
  arrive()
  await turn()
  transport.isPrompt = true
  arrive()
  transport.end()
  await turn()
  arrive()
  await turn()
  expect(written).toEqual([])
})
