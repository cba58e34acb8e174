/** ms that a broker with little else to do may take to dispatch what it has. */
const SHORTEST = 250
const LONGEST = 1_000
/** ms for what is on its way to a consumer that is about to end: what comes no more goes back. */
const AT_THE_END = 20
/** How many round trips a broker may take that is busy, or far away. */
const ROUND_TRIPS = 10

/**
 * Waits for what a broker has for a consumer, where the protocol has no question for that: brokers dispatch in their own
 * time. An answer to something else tells how busy they are; then it waits in proportion, for a message at the most.
 *
 * @param answer - what the broker has been asked
 * @param arrival - resolves when a message comes
 * @param isLast - the consumer is about to end. Artemis mixes up the order when it does while a message is on its way to it.
 */
export async function dispatched(answer: Promise<unknown>, arrival: Promise<void>, isLast: boolean): Promise<void> {
  const asked = performance.now()
  await answer
  const inProportion = Math.min(LONGEST, Math.max(SHORTEST, ROUND_TRIPS * (performance.now() - asked)))
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, isLast ? AT_THE_END : inProportion)
  })
  await Promise.race([arrival, silence])
  clearTimeout(timer)
}
