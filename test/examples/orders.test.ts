import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { figure, runOrders } from './run-orders.ts'

describe('the orders example on the embedded broker', () => {
  it('handles every order of the file exactly once', async () => {
    const outcome = await runOrders()
    expect(outcome).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('handled exactly once') })
    expect(figure(outcome, 'orders')).toBe(3_000)
    const ends = ['confirmed', 'rejected', 'out of stock', 'dead-lettered'].map((name) => figure(outcome, name))
    expect(ends.every((count) => count > 0)).toBe(true)
    expect(ends.reduce((sum, count) => sum + count)).toBe(3_000)
    expect(figure(outcome, 'delivered again')).toBe(0)
  })

  it('handles every order exactly once when the service dies between its two commits', async () => {
    const outcome = await runOrders(['--crash'])
    expect(outcome).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('handled exactly once') })
    expect(outcome.stderr).toContain('crashed')
    expect(figure(outcome, 'delivered again')).toBeGreaterThan(0)
  })

  it('reads another file of orders', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'polymq-orders-test-'))
    onTestFinished(() => rmSync(directory, { recursive: true }))
    const file = join(directory, 'two.jsonl')
    writeFileSync(file, '{"orderId":"A","sku":"TEA-GREEN","quantity":1,"customer":"c"}\n{"orderId":\n')
    const outcome = await runOrders(['--orders', file])
    expect(outcome.exitCode).toBe(0)
    expect([figure(outcome, 'confirmed'), figure(outcome, 'dead-lettered')]).toEqual([1, 1])
  })
})

describe('the orders example', () => {
  it('tells how it is used', async () => {
    const { exitCode, stdout } = await runOrders(['--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain('--broker URI')
  })

  it.each([
    ['nothing listens there', ['--broker', 'amqp://127.0.0.1:1'], 'nothing listens there'],
    ['the scheme is not known', ['--broker', 'memry:orders'], 'did you mean memory?'],
    ['an option is not known', ['--brokr', 'memory:orders'], '--brokr'],
    ['the file is not there', ['--orders', '/no/such/file'], '/no/such/file'],
  ])('says in one line that %s, and fails', async (_, args, reason) => {
    const { exitCode, stdout, stderr } = await runOrders(args)
    expect(exitCode).toBe(1)
    expect(stdout).toBe('')
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(reason)])
  })
})
