/** Not reached: `connect()` refuses what needs it. */
export { connectTcp as connectTls } from './tcp.browser.ts'
