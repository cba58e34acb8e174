/** Tells a waiting human what a slow step is doing, on standard error. */

const interval = 5_000

/** Announces the step, repeats it with the elapsed time every five seconds, until the returned function ends it. */
export function progress(step: string): (outcome: string) => void {
  const begin = Date.now()
  const say = (text: string): void => {
    process.stderr.write(`${step} ${text} (${((Date.now() - begin) / 1000).toFixed(1)} s)\n`)
  }
  const timer = setInterval(() => say('starting …'), interval)
  timer.unref()
  return (outcome) => {
    clearInterval(timer)
    say(outcome)
  }
}
