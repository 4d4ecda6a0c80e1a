import postgres from 'postgres';

/** The location of the database comes from PGHOST, PGDATABASE and the like. */
export function open({ max, idleTimeoutMillis, connectionTimeoutMillis }) {
  const sql = postgres({
    max,
    idle_timeout: idleTimeoutMillis / 1000,
    connect_timeout: connectionTimeoutMillis / 1000,
    onnotice() {},
  });
  return {
    sql,
    rows: (statement) => statement,
    transaction: (statements) => sql.begin((tx) => statements.map((statement) => tx`${statement}`)),
    query: (text, values = []) => sql.unsafe(text, values),
    portions: (text, size) => sql.unsafe(text).cursor(size),
    end: () => sql.end(),
  };
}
