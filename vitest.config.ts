import { defineConfig } from 'vitest/config'

// The broker tests stop what they start; the reaper container would be one more image to fetch.
process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true'

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/{unit,regress}/**/*.test.ts', 'test/conformance/memory.test.ts'],
          // For machines that are busy with something else; none takes a second on one that is not.
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts', 'test/examples/{orders,chat-moderator}.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'brokers',
          include: [
            'test/{amqp10,amqp091,browser,conformance,interop,failover,chaos,mqtt,protocols,stomp}/**/*.test.ts',
            'test/examples/*-brokers.test.ts',
          ],
          exclude: ['test/conformance/memory.test.ts'],
          globalSetup: 'test/brokers/global-setup.ts',
          testTimeout: 30_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
