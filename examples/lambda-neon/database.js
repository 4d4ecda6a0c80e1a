const { neon, neonConfig } = require('@neondatabase/serverless');

const { DATABASE_URL, NEON_FETCH_ENDPOINT } = process.env;
if (!DATABASE_URL)
  throw new Error('DATABASE_URL must be set: the connection string of Neon, or see the README');

// Not needed with Neon itself: for a local endpoint, such as that of @pg-otel/neon-local.
if (NEON_FETCH_ENDPOINT) neonConfig.fetchEndpoint = NEON_FETCH_ENDPOINT;

/** Each statement is one HTTP request. There is no pool, and no connection that a frozen process would hold. */
exports.sql = neon(DATABASE_URL);
