/** All that the file for script tags has as `polymq`. */
export * from './embedded-broker.ts'
export * from './index.ts'
