import type { Suite } from '../harness.ts'
import { amqpHeap } from './amqp10-heap.ts'
import { amqpIdle } from './amqp10-idle.ts'
import { amqpThroughput } from './amqp10-throughput.ts'
import { amqp091Throughput } from './amqp091-throughput.ts'
import { memoryHeap } from './memory-heap.ts'
import { memoryThroughput } from './memory-throughput.ts'
import { mqttIdle } from './mqtt-idle.ts'
import { mqttThroughput } from './mqtt-throughput.ts'
import { mqttTopics } from './mqtt-topics.ts'
import { openwireCodec } from './openwire-codec.ts'
import { openwireThroughput } from './openwire-throughput.ts'
import { selectorCost } from './selector-cost.ts'
import { stompThroughput } from './stomp-throughput.ts'

export const suites: readonly Suite[] = [
  memoryThroughput,
  memoryHeap,
  selectorCost,
  amqpThroughput,
  amqpHeap,
  amqpIdle,
  stompThroughput,
  amqp091Throughput,
  mqttThroughput,
  mqttTopics,
  mqttIdle,
  openwireThroughput,
  openwireCodec,
]
