/** What a call that has to fail fails with. */
export async function failureOf(call: Promise<unknown>): Promise<Error> {
  return call.then(
    () => Promise.reject(new Error('it has not failed')),
    (error: Error) => error,
  )
}
