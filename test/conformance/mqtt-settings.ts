import type { TargetSettings } from './target.ts'

type Settings = Omit<TargetSettings, 'name' | 'uri' | 'limitedUri'>

export const OVER_MQTT: Settings = {
  // A second connection with a client id takes it over (MQTT 5 §3.1.4).
  clientIdInUse: 'is taken over',
  selectsWhatIsShared: false,
  // No topic has them: there they are wildcards.
  reservedCharacters: '*>+#',
}

/**
 * It leaves out DUP when it sends again what another connection of the session has had, and swaps messages, also those of
 * which the first was confirmed before the next was sent (ARTEMIS-6191).
 */
export const ARTEMIS_OVER_MQTT: Settings = { ...OVER_MQTT, marksRedelivery: 'nowhere', keepsOrder: false }

/** It speaks MQTT 3.1.1 only: whose client id is taken over is not told so. */
export const ACTIVEMQ_OVER_MQTT: Settings = {
  ...OVER_MQTT,
  clientIdInUse: 'is fought over',
  missesSubscriptions: false,
  reservedCharacters: '*>+#,?',
}
