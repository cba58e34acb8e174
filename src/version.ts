/** The version of this package, which brokers show next to a connection. */
export const VERSION = '0.1.0'
