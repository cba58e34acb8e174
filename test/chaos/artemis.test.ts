import { chaosTest } from './chaos-test.ts'

chaosTest('artemis', { amqp: 60_000 })
