import { chaosTest } from './chaos-test.ts'

chaosTest('artemis', 60_000)
