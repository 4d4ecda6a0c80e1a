/** What Postgres itself says it did (`log_statement`, `log_connections`): the measure of what the spans tell. */
export function countOnServer(log) {
  return {
    // A cursor's further portions belong to its statement.
    statements: log.match(/LOG: {2}(?:statement|execute (?!fetch from)[^:]*):/g)?.length ?? 0,
    failedStatements: log.match(/^.*ERROR: {2}/gm)?.length ?? 0,
    connections: log.match(/LOG: {2}connection authorized:/g)?.length ?? 0,
  };
}
