// Around a batch, and after each request (neon-local, sql-endpoint.ts and http-connections.ts).
const OF_ENDPOINT = /^\s*(?:START TRANSACTION|COMMIT|ROLLBACK)\b/;

/**
 * What Postgres itself says it did, in numbers. With a Neon endpoint in front, without the statements that are the
 * endpoint's own; the shop sends no such over Neon.
 */
export function countOnServer({ statements, failedStatements, connections }, { isNeon }) {
  const told = statements.filter(({ text }) => !(isNeon && OF_ENDPOINT.test(text)));
  return { statements: told.length, failedStatements, connections };
}
