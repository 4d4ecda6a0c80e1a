import pg from 'pg';

/** Whoever ends the demo does not want to wait for a report that takes seconds. */
export async function cancelReports(url) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(
      `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE state = 'active' AND wait_event = 'PgSleep'`,
    );
  } finally {
    await client.end();
  }
}
