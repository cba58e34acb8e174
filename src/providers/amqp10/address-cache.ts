import { ByteCache } from '../../collections/byte-cache.ts'
import { type Destination, type DestinationKind, isTemporary } from '../../message/destination.ts'
import { refuseExchange } from '../../message/jms-kind.ts'
import { DESTINATION_KINDS } from './annotations.ts'
import type { MappingContext } from './mapping-context.ts'

/** What is remembered for one context: no message translates an address that an earlier one had. */
export interface AddressCache {
  readonly addresses: WeakMap<Destination, string>
  /** By the annotation's value plus one; 0 for none. */
  readonly destinations: readonly ByteCache<Destination | undefined>[]
}

const caches = new WeakMap<MappingContext, AddressCache>()

export function addressCacheOf(context: MappingContext): AddressCache {
  let cache = caches.get(context)
  if (cache === undefined) {
    cache = {
      addresses: new WeakMap(),
      destinations: [undefined, ...DESTINATION_KINDS].map((kind) => destinationCache(context, kind)),
    }
    caches.set(context, cache)
  }
  return cache
}

/** The address of a destination. A temporary one may have another address after a failover, so it is asked again. */
export function addressOf(context: MappingContext, destination: Destination): string {
  const { addresses } = addressCacheOf(context)
  const known = addresses.get(destination)
  if (known !== undefined) return known
  refuseExchange(destination)
  const address = context.addressOf(destination)
  if (!isTemporary(destination)) addresses.set(destination, address)
  return address
}

function destinationCache(
  context: MappingContext,
  kind: DestinationKind | undefined,
): ByteCache<Destination | undefined> {
  return new ByteCache(
    (address) => destinationOrNone(context, address, kind),
    (destination) => destination !== undefined && !isTemporary(destination),
  )
}

/** An address comes from the sender: one that cannot be a destination is no reason to lose the message. */
function destinationOrNone(
  context: MappingContext,
  address: string,
  kind: DestinationKind | undefined,
): Destination | undefined {
  if (address.length === 0) return undefined
  try {
    return context.destinationOf(address, kind)
  } catch {
    return undefined
  }
}
