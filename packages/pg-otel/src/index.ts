export type { PostgresInstrumentationConfig } from '@pg-otel/instrumentation';
export type { StartOptions } from './options';
export { type PgOtel, start } from './start';
