import { IllegalStateError, InvalidDestinationError } from '../../errors.ts'
import type { Destination } from '../../message/destination.ts'
import { describeDestination, makeDestination } from '../../message/destination.ts'
import type { TemporaryDestinationInfo } from '../../provider/resources.ts'
import type { Broker } from './broker.ts'
import { QueueNode } from './queue-node.ts'
import type { TopicNode } from './topic-exchange.ts'

type TemporaryNode =
  | { readonly kind: 'temporary-queue'; readonly target: QueueNode; readonly owner: string }
  | { readonly kind: 'temporary-topic'; readonly target: TopicNode; readonly owner: string }

/** Temporary queues and topics: each belongs to one connection, anybody may send to it. */
export class TemporaryDestinations {
  readonly #broker: Broker
  readonly #queues = new Map<string, TemporaryNode>()
  readonly #topics = new Map<string, TemporaryNode>()
  #created = 0

  constructor(broker: Broker) {
    this.#broker = broker
  }

  /** Keeps the name it had on an earlier broker when it is free here; returns the name. */
  create(info: TemporaryDestinationInfo, owner: string): string {
    const nodes = this.#nodes(info.kind)
    const name = info.name === undefined || nodes.has(info.name) ? this.#newName(info.kind) : info.name
    const destination = makeDestination(info.kind, name)
    const node: TemporaryNode =
      info.kind === 'temporary-queue'
        ? { kind: info.kind, target: new QueueNode(destination, this.#broker), owner }
        : { kind: info.kind, target: this.#broker.temporaryTopics.target(destination), owner }
    nodes.set(name, node)
    return name
  }

  /** Where to send to. */
  target(destination: Destination): QueueNode | TopicNode {
    return this.#node(destination).target
  }

  /** Where to consume from, which is the owner's alone. */
  ownQueue(destination: Destination, owner: string): QueueNode {
    const node = this.#own(destination, owner)
    if (node.kind === 'temporary-queue') return node.target
    throw new InvalidDestinationError(`${describeDestination(destination)} is not a queue`)
  }

  assertOwn(destination: Destination, owner: string): void {
    this.#own(destination, owner)
  }

  /** Deletes it with its messages; what waits to be sent to it fails. */
  delete(kind: TemporaryDestinationInfo['kind'], name: string): void {
    const node = this.#nodes(kind).get(name)
    if (node === undefined) return
    const { temporaryTopics } = this.#broker
    const consumers =
      node.kind === 'temporary-queue' ? node.target.store.consumers.size : temporaryTopics.subscriptionsOf(name).length
    if (consumers > 0)
      throw new IllegalStateError(`the ${kind} ${name} has consumers and cannot be deleted; close them first`)
    this.#nodes(kind).delete(name)
    if (node.kind === 'temporary-topic') {
      temporaryTopics.delete(node.target)
    } else {
      node.target.isGone = true
      node.target.store.close()
    }
    this.#broker.loop.schedule(node.target.admission)
  }

  all(): readonly QueueNode[] {
    return [...this.#queues.values()].flatMap((node) => (node.kind === 'temporary-queue' ? [node.target] : []))
  }

  #own(destination: Destination, owner: string): TemporaryNode {
    const node = this.#node(destination)
    if (node.owner === owner) return node
    throw new InvalidDestinationError(
      `${describeDestination(destination)} belongs to another connection of ${this.#broker.endpoint}; only that one may consume from it`,
    )
  }

  #node(destination: Destination): TemporaryNode {
    const node = this.#nodes(destination.kind).get(destination.name)
    if (node !== undefined) return node
    throw new InvalidDestinationError(
      `${describeDestination(destination)} does not exist on ${this.#broker.endpoint}: it was deleted or its connection has closed`,
    )
  }

  #nodes(kind: Destination['kind']): Map<string, TemporaryNode> {
    return kind === 'temporary-topic' ? this.#topics : this.#queues
  }

  #newName(kind: TemporaryDestinationInfo['kind']): string {
    for (;;) {
      this.#created += 1
      const name = `${kind}.${this.#broker.name}.${this.#created}`
      if (!this.#nodes(kind).has(name)) return name
    }
  }
}
