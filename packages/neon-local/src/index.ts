export type { FaultOptions } from './faults';
export { type NeonLocal, type NeonLocalOptions, startNeonLocal } from './neon-local';
export type { PostgresAddress } from './postgres-address';
export type { Stats } from './stats';
