/** Adds up vitest's JSON reports in a folder: `1234 passed, 0 failed`. */
import { globSync, readFileSync } from 'node:fs'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
}

const [folder = '.'] = process.argv.slice(2)
const reports = globSync(`${folder}/*.json`).map((file) => JSON.parse(readFileSync(file, 'utf8')) as Report)
const sum = (count: (report: Report) => number): number => reports.reduce((total, each) => total + count(each), 0)
console.log(`${sum((each) => each.numPassedTests)} passed, ${sum((each) => each.numFailedTests)} failed`)
