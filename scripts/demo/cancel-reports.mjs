import pg from 'pg';

/** Cancels running reports, which take seconds, so that the demo ends at once. */
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
