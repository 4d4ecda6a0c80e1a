/**
 * Names of the OpenTelemetry database semantic conventions 1.45.0 (`docs/db/*.md`), and those of pg-otel, which begin
 * with `pg_otel.`. They are copied and not imported, because a library should not depend on the incubating entry point of
 * `@opentelemetry/semantic-conventions` at run time.
 */
export const DB_SYSTEM_NAME = 'db.system.name';
export const DB_NAMESPACE = 'db.namespace';
export const DB_QUERY_TEXT = 'db.query.text';
export const DB_QUERY_SUMMARY = 'db.query.summary';
export const DB_QUERY_PARAMETER = 'db.query.parameter';
export const DB_OPERATION_BATCH_SIZE = 'db.operation.batch.size';
export const DB_RESPONSE_STATUS_CODE = 'db.response.status_code';
export const DB_RESPONSE_RETURNED_ROWS = 'db.response.returned_rows';
export const ERROR_TYPE = 'error.type';
export const SERVER_ADDRESS = 'server.address';
export const SERVER_PORT = 'server.port';
export const NETWORK_PEER_ADDRESS = 'network.peer.address';
export const NETWORK_PEER_PORT = 'network.peer.port';
export const NETWORK_TRANSPORT = 'network.transport';
export const HTTP_RESPONSE_STATUS_CODE = 'http.response.status_code';
export const EXCEPTION_TYPE = 'exception.type';
export const EXCEPTION_MESSAGE = 'exception.message';
export const CODE_STACKTRACE = 'code.stacktrace';
export const POOL_NAME = 'db.client.connection.pool.name';
export const CONNECTION_STATE = 'db.client.connection.state';

export const POOL_WAIT_TIME = 'pg_otel.pool.wait_time';
export const CLIENT_QUEUE_TIME = 'pg_otel.client.queue_time';
export const CLIENT_PIPELINED = 'pg_otel.client.pipelined';
export const CONNECTION_SETUP_TIME = 'pg_otel.connection.setup_time';
export const CONNECTION_REUSED = 'pg_otel.connection.reused';
export const HTTP_CONNECT_TIME = 'pg_otel.http.connect_time';
export const HTTP_SERVER_TIME = 'pg_otel.http.server_time';
export const HTTP_READ_TIME = 'pg_otel.http.read_time';
export const NEON_REQUEST_ID = 'pg_otel.neon.request_id';
export const FIRST_ROW_TIME = 'pg_otel.response.first_row_time';
export const SERVER_TIME = 'pg_otel.response.server_time';
export const OPERATION_KIND = 'pg_otel.operation.kind';
export const OPERATION_LIMIT = 'pg_otel.operation.limit';
export const OPERATION_ELAPSED = 'pg_otel.operation.elapsed';
export const OPERATION_RUNNING = 'pg_otel.operation.running';
export const OPERATION_CROSSINGS = 'pg_otel.operation.crossings';
export const OPERATION_COUNT = 'pg_otel.operation.count';
export const OPERATION_FAILURES = 'pg_otel.operation.failures';
export const DATABASE_ANSWERED = 'pg_otel.database.answered';
export const CONNECTION_PHASE = 'pg_otel.connection.phase';
export const PHASE_DURATION = 'pg_otel.connection.phase.duration';
export const CLOSE_REASON = 'pg_otel.connection.close.reason';
export const HELD_TIME = 'pg_otel.connection.held_time';
export const HELD_LIMIT = 'pg_otel.connection.limit';
export const HELD_COUNT = 'pg_otel.connection.held_count';
export const HEALTH_STATE = 'pg_otel.connection.health.state';
export const HEALTH_PREVIOUS = 'pg_otel.connection.health.previous';
export const HEALTH_FAILURES = 'pg_otel.connection.health.failures';
export const RESIZE_REASON = 'pg_otel.pool.resize.reason';
export const RESIZE_FROM = 'pg_otel.pool.resize.from';
export const RESIZE_TO = 'pg_otel.pool.resize.to';
export const RESIZE_APPLIED = 'pg_otel.pool.resize.applied';
export const RESIZE_EXPLANATION = 'pg_otel.pool.resize.explanation';
export const RESIZE_FIGURE = 'pg_otel.pool.resize.figure';
export const RETRY_ATTEMPT = 'pg_otel.retry.attempt';
export const RETRY_OUTCOME = 'pg_otel.retry.outcome';
export const RETRY_DELAY = 'pg_otel.retry.delay';

/** `found`, `nothing` or `unavailable`. */
export const DIAGNOSIS = 'pg_otel.diagnosis';
export const DIAGNOSIS_REASON = 'pg_otel.diagnosis.reason';
export const DIAGNOSIS_CERTAINTY = 'pg_otel.diagnosis.certainty';
export const DIAGNOSIS_KINDS = 'pg_otel.diagnosis.kinds';
export const BLOCKER_TRACE_ID = 'pg_otel.diagnosis.blocker.trace_id';
export const BLOCKER_SPAN_ID = 'pg_otel.diagnosis.blocker.span_id';
/**
 * Names of the collector's `postgresqlreceiver` (receiver/postgresqlreceiver/documentation.md, `db.server.query_sample`),
 * with its values: process ids as `{8123}`, the wait duration in whole seconds.
 */
export const WAIT_EVENT = 'postgresql.wait_event';
export const WAIT_EVENT_TYPE = 'postgresql.wait_event_type';
export const BLOCKING_PIDS = 'postgresql.blocking.pids';
export const BLOCKING_WAIT_DURATION = 'postgresql.blocking.wait_duration';
export const BLOCKING_LOCK_MODE = 'postgresql.blocking.lock.mode';
export const BLOCKING_LOCK_TYPE = 'postgresql.blocking.lock.type';
export const BLOCKING_LOCK_RELATION = 'postgresql.blocking.lock.relation';

export const EVENT_OPERATION_EXCEPTION = 'db.client.operation.exception';
export const EVENT_OPERATION_SLOW = 'pg_otel.operation.slow';
export const EVENT_OPERATION_DIAGNOSED = 'pg_otel.operation.diagnosed';
export const EVENT_OPERATION_ENDED = 'pg_otel.operation.ended';
export const EVENT_CONNECTION_HELD = 'pg_otel.connection.held';
export const EVENT_HEALTH_CHANGED = 'pg_otel.connection.health.changed';
export const EVENT_POOL_RESIZED = 'pg_otel.pool.resized';
/** A span event. */
export const EVENT_RETRY = 'pg_otel.retry';

/** `db.system.name` of every span and metric, also for CockroachDB and Neon through a PostgreSQL client. */
export const POSTGRESQL = 'postgresql';
/** The conventions' fallback value. It replaces summaries and error types when there are too many different ones. */
export const OTHER = '_OTHER';
