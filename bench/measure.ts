/** One round of one contender: `node measure.ts SUITE CONTENDER BROKER` prints what it gives, as JSON. */
import { suites } from './suites/index.ts'

const [suiteName, contenderName, broker = ''] = process.argv.slice(2)
const suite = suites.find(({ name }) => name === suiteName)
const contender = suite?.contenders.find(({ name }) => name === contenderName)
if (contender === undefined) throw new Error(`no contender ${contenderName} in the suite ${suiteName}`)
process.stdout.write(`${JSON.stringify(await contender.measure({ broker }))}\n`)
