// What a caller does with a connection. Times are in milliseconds, and about: what counts is what is measured.

const HOT_ROWS = 4;

export const SCHEMA = `
  CREATE TABLE hot (id int PRIMARY KEY, counter bigint NOT NULL) WITH (fillfactor = 10);
  INSERT INTO hot SELECT row, 0 FROM generate_series(0, ${HOT_ROWS - 1}) AS row;
`;

const computed = (rounds) => `SELECT count(md5(round::text)) FROM generate_series(1, ${rounds}) AS round`;

/**
 * Functions of a client and of random numbers: `uniform` in [0, 1), `exponential` with mean 1.
 *
 * @param cpu factor of the work that takes processor time
 * @param sleep factor of the time that queries sleep
 */
export const workWith = ({ cpu, sleep }) => ({
  cpu: (client) => client.query(computed(14_000 * cpu)),

  async mixed(client) {
    await client.query(computed(7_000 * cpu));
    await client.query('SELECT pg_sleep($1)', [0.006 * sleep]);
  },

  /** Reads, which takes processor time, and then updates one of the rows that all others update. */
  async hotRows(client, { uniform }) {
    const row = Math.floor(uniform() * HOT_ROWS);
    await client.query('BEGIN');
    await client.query(computed(1_000 * cpu));
    await client.query('UPDATE hot SET counter = counter + 1 WHERE id = $1', [row]);
    await client.query('SELECT counter FROM hot WHERE id = $1', [row]);
    await client.query('COMMIT');
  },

  sleep: (client) => client.query('SELECT pg_sleep($1)', [0.01 * sleep]),

  constant: (client) => client.query('SELECT pg_sleep(0.02)'),

  /** Exponential use times that cost the server next to nothing. */
  exponential: (client, { exponential }) => client.query('SELECT pg_sleep($1)', [0.02 * exponential()]),
});

export const work = workWith({ cpu: 1, sleep: 1 });
