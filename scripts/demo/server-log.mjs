// Around a batch, and after each request (neon-local, sql-endpoint.ts and http-connections.ts).
const OF_ENDPOINT = /LOG: {2}statement:\s+(?:START TRANSACTION|COMMIT|ROLLBACK)\b/g;

/**
 * What Postgres itself says it did (`log_statement`, `log_connections`): the measure of what the spans tell. With a
 * Neon endpoint in front, without the statements that are the endpoint's own; the shop sends no such over Neon.
 */
export function countOnServer(log, { isNeon }) {
  // A cursor's further portions belong to its statement.
  const statements = log.match(/LOG: {2}(?:statement|execute (?!fetch from)[^:]*):/g)?.length ?? 0;
  const ofEndpoint = isNeon ? (log.match(OF_ENDPOINT)?.length ?? 0) : 0;
  return {
    statements: statements - ofEndpoint,
    failedStatements: log.match(/^.*ERROR: {2}/gm)?.length ?? 0,
    connections: log.match(/LOG: {2}connection authorized:/g)?.length ?? 0,
  };
}
