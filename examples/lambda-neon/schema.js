const { sql } = require('./database.js');

sql`CREATE TABLE IF NOT EXISTS links (slug text PRIMARY KEY, address text NOT NULL, visits int NOT NULL DEFAULT 0)`.then(
  () => console.log('The table links is there.'),
);
