/** Whether a property was added by a broker while it translated; the application did not send it (mappings.md §11). */
export function isBrokerProperty(name: string): boolean {
  return (
    name.startsWith('JMS_AMQP_') ||
    name.startsWith('__HDR_') ||
    name.startsWith('__AMQ_CID') ||
    name.startsWith('_AMQ_') ||
    name.startsWith('NATIVE_MESSAGE_ID')
  )
}
