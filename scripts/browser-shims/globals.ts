/** The globals of Node that rhea uses. */
import { Buffer } from 'buffer/'

const process = {
  nextTick<Arguments extends unknown[]>(task: (...args: Arguments) => void, ...args: Arguments): void {
    queueMicrotask(() => task(...args))
  },
}

export { Buffer, process }
