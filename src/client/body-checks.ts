import { MessageFormatError } from '../errors.ts'
import type { BodySchema } from '../message/destination.ts'
import type { Delivery } from '../provider/provider.ts'
import { describeJavaObject } from './java-object.ts'
import { checkBody, readBody } from './received-body.ts'
import { HeldDelivery } from './redelivery.ts'

/** Makes the checks of one consumer, which says what becomes of a delivery that passes, and of one that fails. */
export type MakeBodyChecks<T> = (
  pass: (delivery: Delivery) => void,
  fail: (delivery: Delivery, error: Error) => void,
) => BodyChecks<T>

/** Checks by this schema; `where` is for errors. */
export function bodyChecksBy<T>(schema: BodySchema<T>, where: string): MakeBodyChecks<T> {
  return (pass, fail) => new BodyChecks(schema, where, pass, fail)
}

/** Checks the bodies of incoming deliveries, one after the other where the schema is asynchronous, so that the order is kept. */
export class BodyChecks<T> {
  readonly #schema: BodySchema<T>
  readonly #where: string
  readonly #pass: (delivery: Delivery) => void
  readonly #fail: (delivery: Delivery, error: Error) => void
  #running: Promise<void> | undefined
  /** Counts up when all deliveries so far are void. */
  #era = 0

  constructor(
    schema: BodySchema<T>,
    where: string,
    pass: (delivery: Delivery) => void,
    fail: (delivery: Delivery, error: Error) => void,
  ) {
    this.#schema = schema
    this.#where = where
    this.#pass = pass
    this.#fail = fail
  }

  check(delivery: Delivery): void {
    if (this.#running !== undefined) {
      const era = this.#era
      this.#running = this.#running.then(() => (era === this.#era ? this.#checkNow(delivery) : undefined))
      return
    }
    const pending = this.#checkNow(delivery)
    if (pending === undefined) return
    const running = pending.then(() => {
      if (this.#running === running) this.#running = undefined
    })
    this.#running = running
  }

  /** The deliveries that are being checked are void: nothing comes of them. */
  forget(): void {
    this.#era += 1
  }

  #checkNow(delivery: Delivery): Promise<void> | undefined {
    const body = readBody(delivery.message)
    const era = this.#era
    const pass = (value: unknown): void => {
      if (era === this.#era) this.#pass(HeldDelivery.checked(delivery, { kind: body.kind, value }))
    }
    const fail = (error: Error): void => {
      if (era === this.#era) this.#fail(delivery, this.#explained(body.value, error))
    }
    try {
      const checked = checkBody(this.#schema, body.value, this.#where)
      if (checked instanceof Promise) return checked.then(pass, fail)
      pass(checked)
    } catch (error) {
      fail(error as Error)
    }
    return undefined
  }

  /** Objects of Java are never deserialised: that would run what anybody sends. */
  #explained(body: unknown, cause: Error): Error {
    const what = describeJavaObject(body)
    if (what === undefined) return cause
    return new MessageFormatError(
      `the body does not fit the schema of ${this.#where}: it is ${what}, which polymq hands over as bytes and never deserialises; let the sender send a text (JSON) or a map, or read the bytes without a schema`,
      { cause },
    )
  }
}
