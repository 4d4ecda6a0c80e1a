// Around a batch, and after each request (neon-local, sql-endpoint.ts and http-connections.ts).
const OF_ENDPOINT = /^\s*(?:START TRANSACTION|COMMIT|ROLLBACK)\b/;

/**
 * What Postgres logged, in numbers. With a Neon endpoint in front, statements that only the endpoint sends are left out;
 * the shop sends none of these over Neon.
 */
export function countOnServer({ statements, failedStatements, connections }, { isNeon }) {
  const counted = statements.filter(({ text }) => !(isNeon && OF_ENDPOINT.test(text)));
  return { statements: counted.length, failedStatements, connections };
}
