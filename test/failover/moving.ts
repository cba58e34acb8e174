/** What all tests of a moving connection do: open an application and a load, and wait until they are elsewhere. */

import type { Connection, ConnectOptions } from '../../src/index.ts'
import { Application, resumed } from './application.ts'
import type { Scene } from './expectations.ts'
import { Load } from './load.ts'

export interface MovingScene extends Scene {
  /** The connections that lose their broker. */
  readonly notice: readonly Connection[]
}

/** Where the receiver of the load is, when it is not with the others. */
export interface Apart {
  readonly uri?: string
  readonly options?: ConnectOptions
}

export async function setScene(uri: string, options: ConnectOptions, apart?: Apart): Promise<MovingScene> {
  const application = await Application.open(uri, options)
  const load = await Load.begin(uri, options, apart?.options, apart?.uri)
  const notice = [application.connection, load.sender]
  if (apart === undefined) notice.push(load.receiver)
  return { application, load, notice }
}

/** Resolves when the connections have a broker again, and the load goes on. */
export async function moved({ notice, load }: MovingScene, fault: () => Promise<unknown>): Promise<void> {
  const resumptions = Promise.all(notice.map(resumed))
  await fault()
  await resumptions
  await load.confirms(200)
}

export async function closeScene(scene: Scene | undefined): Promise<void> {
  await Promise.all([scene?.application.connection.close(), scene?.load.close()])
}
