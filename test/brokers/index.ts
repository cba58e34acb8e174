export { attachBroker, type Broker, type BrokerAddress } from './broker.ts'
export { type BrokerName, type PortName, reader, type User, user } from './catalogue.ts'
export { certificates, type KeyPair } from './certificates.ts'
export { removeAll, removeLeftovers, type StartOptions, startBroker, startBrokers } from './start.ts'
