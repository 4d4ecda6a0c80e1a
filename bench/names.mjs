/** Names in the figures, of versions, modes, loads and variants. */
export const VERSIONS = { 'otel-2': '2.x', 'otel-3': '3.x' };
export const MODES = { none: 'no SDK', sampled: 'sampled', unsampled: 'unsampled' };
export const LOADS = {
  row: 'one row',
  noRow: 'no row',
  requests: 'one row, each in its own trace',
  stubPool: '`pool.query`',
  client: '`client.query`',
  pool: '`pool.query`, 4 at a time',
  neonHttp: 'Neon, HTTP',
  neonWebSocket: 'Neon, WebSocket',
  postgresJs: 'Postgres.js',
  poolInTurns: '`pool.query` of pg in turns',
};
export const VARIANTS = {
  standard: 'standard',
  floor: 'floor',
  instruments: 'pg-otel, SDK histograms',
  ours: 'pg-otel',
  compared: 'pg-otel, compared build',
};
