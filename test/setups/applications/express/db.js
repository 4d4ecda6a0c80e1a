var pg = require('pg');

// By DATABASE_URL, or PGHOST, PGUSER … as psql does.
module.exports = new pg.Pool({ connectionString: process.env.DATABASE_URL });
