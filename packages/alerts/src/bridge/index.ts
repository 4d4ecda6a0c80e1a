export { type Bridge, startBridge } from './bridge';
export { BridgeOptionError, type BridgeOptions } from './options';
