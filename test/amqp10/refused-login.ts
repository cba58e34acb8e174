/** Run as a process of its own: fails to connect, and then has nothing left to do. */
import { connect } from '../../src/index.ts'

const uri = process.argv[2] ?? ''
try {
  await connect(uri)
  process.exitCode = 1
} catch (error) {
  process.stdout.write(`${(error as Error).message}\n`)
}
