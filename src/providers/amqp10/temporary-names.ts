import { isTemporary, makeDestination } from '../../message/destination.ts'
import type { MappingContext } from './mapping-context.ts'

/**
 * Temporary destinations that the application knows by the name an earlier broker gave them, and what this broker
 * calls them.
 */
export class TemporaryNames {
  private readonly ofBroker = new Map<string, string>()
  private readonly ofApplication = new Map<string, string>()

  add(ofApplication: string, ofBroker: string): void {
    if (ofApplication === ofBroker) return
    this.ofBroker.set(ofApplication, ofBroker)
    this.ofApplication.set(ofBroker, ofApplication)
  }

  /** The mapping of a broker, with the names that the application knows. */
  over(mapping: MappingContext): MappingContext {
    return {
      ...mapping,
      addressOf: (destination) => {
        const name = isTemporary(destination) ? this.ofBroker.get(destination.name) : undefined
        return mapping.addressOf(name === undefined ? destination : makeDestination(destination.kind, name))
      },
      // Not every peer says that a destination is temporary; its name is enough.
      destinationOf: (address, kind) => {
        const destination = mapping.destinationOf(address, kind)
        const name = destination && this.ofApplication.get(destination.name)
        return name === undefined || destination === undefined ? destination : makeDestination(destination.kind, name)
      },
    }
  }
}
